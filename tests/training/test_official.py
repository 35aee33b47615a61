"""Published splits: read as they are, completed by group, refused where they divide a lesion."""

import pickle
from pathlib import Path

import numpy as np
import pytest

from training.catalog import Facts
from training.errors import InvalidData
from training.official import complete, divided, read_indices, read_table
from training.splits import Leak, group

NAMES = [f"ISIC_{9_000_000 + number}" for number in range(100)]
TABLE = {
    name: Facts(image_id=name, label="NV", lesion_id=f"L{number // 2}", source="A") for number, name in enumerate(NAMES)
}
GROUPS = group(TABLE, [])


def flamby(path: Path, test_from: int = 80) -> Path:
    """In the columns of FLamby's train_test_split."""
    rows = [
        f"{name}{'_downsampled' * (number % 3 == 0)},1.0,0.0,1,{number % 6},{fold},{fold}_{number % 6}"
        for number, name in enumerate(NAMES)
        for fold in ["test" if number >= test_from else "train"]
    ]
    path.write_text("\n".join(["image,NV,MEL,target,center,fold,fold2", *rows]) + "\n")
    return path


def gessert(path: Path, folds: list[list[int]], protocol: int = 2) -> Path:
    """In the layout of indices_isic2019.pkl."""
    content = {
        "trainIndCV": [np.setdiff1d(np.arange(len(NAMES)), fold) for fold in folds],
        "valIndCV": [np.array(fold) for fold in folds],
    }
    path.write_bytes(pickle.dumps(content, protocol))
    return path


def test_a_table_is_read_and_completed(tmp_path: Path) -> None:
    split = complete(read_table(flamby(tmp_path / "train_test_split")), TABLE, GROUPS, seed=0)
    assert {name for name, part in split.parts.items() if part == "test"} == set(NAMES[80:])
    assert {split.parts[name] for name in NAMES[:80]} == {"train", "validation", "calibration"}


def test_what_is_not_named_is_unused(tmp_path: Path) -> None:
    path = tmp_path / "official.csv"
    path.write_text(
        "image_id,part\n"
        + "".join(f"{name},{'validation' if n < 4 else 'train'}\n" for n, name in enumerate(NAMES[:50]))
    )
    split = complete(read_table(path), TABLE, GROUPS, seed=0)
    assert {split.parts[name] for name in NAMES[50:]} == {"unused"}
    assert [name for name, part in split.parts.items() if part == "validation"] == NAMES[:4]
    assert {split.parts[name] for name in NAMES[4:50]} == {"train", "calibration", "test"}


def test_a_split_that_divides_a_lesion_is_refused_and_tells_which(tmp_path: Path) -> None:
    assigned = read_table(flamby(tmp_path / "t.csv", test_from=81))
    with pytest.raises(Leak, match="lies in two parts"):
        complete(assigned, TABLE, GROUPS, seed=0)
    leaks = divided(assigned, GROUPS)
    assert leaks == {NAMES[81]: "test"}
    honest = {name: part for name, part in assigned.items() if name not in leaks}
    assert complete(honest, TABLE, GROUPS, seed=0).parts[NAMES[81]] == "unused"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("picture,part\na,train\n", "needs one of the columns"),
        ("image,color\na,train\n", "needs one of the columns"),
        ("image,part\na,exam\n", "must be one of .* Received 'exam' for a"),
        ("image,part\na,train\na.jpg,test\n", "names a twice"),
    ],
)
def test_a_malformed_table_is_refused(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "t.csv").write_text(text)
    with pytest.raises(InvalidData, match=message):
        read_table(tmp_path / "t.csv")


def test_a_split_of_other_images_is_refused(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("image,part\nISIC_9999999,train\n")
    with pytest.raises(InvalidData, match=r"1 images of the split are not in the catalog, such as .*ISIC_9999999"):
        complete(read_table(tmp_path / "t.csv"), TABLE, GROUPS, seed=0)


@pytest.mark.parametrize("protocol", range(6))
def test_fold_indices_are_read(tmp_path: Path, protocol: int) -> None:
    path = gessert(tmp_path / "indices.pkl", [list(range(20)), list(range(20, 40))], protocol)
    split = complete(read_indices(path, 1, NAMES), TABLE, GROUPS, seed=0)
    assert [name for name, part in split.parts.items() if part == "test"] == NAMES[20:40]


@pytest.mark.parametrize(
    ("folds", "fold", "message"),
    [
        ([[0, 1]], 1, "has folds 0 to 0. Received 1"),
        ([[0, 100]], 0, "indices must be below 100.*Received 0 to 100"),
        ([[-1, 5]], 0, "Received -1 to 5"),
    ],
)
def test_fold_indices_that_do_not_fit_are_refused(
    tmp_path: Path, folds: list[list[int]], fold: int, message: str
) -> None:
    with pytest.raises(InvalidData, match=message):
        read_indices(gessert(tmp_path / "indices.pkl", folds), fold, NAMES)


class Hostile:
    """What a pickle from somewhere may hold."""

    def __reduce__(self) -> tuple[object, ...]:
        return (exec, ("open('/dev/null')",))


@pytest.mark.parametrize("content", [Hostile(), {"trainIndCV": Hostile(), "valIndCV": []}, [1, 2], {"a": 1}])
def test_a_pickle_of_anything_else_is_refused(tmp_path: Path, content: object) -> None:
    path = tmp_path / "indices.pkl"
    path.write_bytes(pickle.dumps(content))
    with pytest.raises(InvalidData, match=r"no pickle of arrays: it names builtins.exec|must hold"):
        read_indices(path, 0, NAMES)


def test_bytes_that_are_no_pickle_are_refused(tmp_path: Path) -> None:
    (tmp_path / "indices.pkl").write_bytes(b"\xff\xd8 no pickle")
    with pytest.raises(InvalidData, match="no pickle of arrays"):
        read_indices(tmp_path / "indices.pkl", 0, NAMES)
