"""Several catalogs made one: nothing is lost, doubled or taken for another."""

from dataclasses import replace
from pathlib import Path

import pytest

from training.__main__ import main
from training.catalog import Catalog, LeftOut, Record
from training.errors import InvalidData
from training.images import file_hashes
from training.merging import merge


def catalog(folder: Path, *images: str, lesion: str = "", left_out: tuple[LeftOut, ...] = ()) -> Catalog:
    """Images named `id label`, each file's content its id and folder."""
    records = []
    for image in images:
        image_id, label = image.split()
        (folder / "pictures").mkdir(parents=True, exist_ok=True)
        (folder / "pictures" / f"{image_id}.png").write_text(f"{image_id} of {folder.name}")
        records.append(Record(image_id=image_id, label=label, lesion_id=lesion, sha256="", file=f"{image_id}.png"))
    hashes = file_hashes(folder / "pictures", [record.file for record in records])
    whole = [replace(record, sha256=sha) for record, sha in zip(records, hashes, strict=True)]
    return Catalog(whole, folder / "pictures", left_out)


def test_every_image_keeps_its_row_and_its_file(tmp_path: Path) -> None:
    old = catalog(tmp_path / "old", "a NV", "b MEL", left_out=(LeftOut("d", "torn"), LeftOut("e", "blank")))
    new = catalog(tmp_path / "new", "b MEL", "c LENTIGO", "d BCC", left_out=(LeftOut("f", "no file"),))
    merged = merge({"old": old, "new": new}, tmp_path / "both")
    records = merged.catalog.records
    assert [(record.image_id, record.label, record.file) for record in records] == [
        ("a", "NV", "old/a.png"),
        ("b", "MEL", "old/b.png"),
        ("c", "LENTIGO", "new/c.png"),
        ("d", "BCC", "new/d.png"),
    ]
    assert merged.repeated == ("b",)
    assert set(merged.catalog.left_out) == {LeftOut("e", "blank"), LeftOut("f", "no file")}
    hashes = file_hashes(tmp_path / "both" / "images", [record.file for record in records])
    assert hashes == [record.sha256 for record in records]


def test_a_contradiction_is_refused(tmp_path: Path) -> None:
    old, new = catalog(tmp_path / "old", "a NV"), catalog(tmp_path / "new", "a MEL")
    with pytest.raises(InvalidData, match="label of a is NV in old and MEL in new"):
        merge({"old": old, "new": new}, tmp_path / "both")
    assert not (tmp_path / "both").exists()


def test_what_only_one_knows_of_an_image_is_kept_and_contradictions_are_refused(tmp_path: Path) -> None:
    """Else two images of a lesion could be parted: one of them known to be of it in one catalog only."""
    plain = catalog(tmp_path / "old", "a NV")
    told = catalog(tmp_path / "new", "a NV", "b NV", lesion="L1")
    merged = merge({"old": plain, "new": told}, tmp_path / "both")
    assert [(record.image_id, record.lesion_id, record.file) for record in merged.catalog.records] == [
        ("a", "L1", "old/a.png"),
        ("b", "L1", "new/b.png"),
    ]
    assert (merged.repeated, merged.other_files) == (("a",), 1)
    other = catalog(tmp_path / "third", "a NV", lesion="L2")
    with pytest.raises(InvalidData, match="lesion_id of a is L1 in new and L2 in third"):
        merge({"new": told, "third": other}, tmp_path / "all")


def test_the_command_tells_what_catalogs_share_and_never_overwrites(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, images in (("old", ("a NV", "b NV")), ("new", ("b NV", "c NV"))):
        catalog(tmp_path / name, *images, lesion="L1").write(tmp_path / name)
    command = ["merge", str(tmp_path / "old"), str(tmp_path / "new"), "--out", str(tmp_path / "both")]
    assert main(command) == 0
    told = capsys.readouterr().out
    assert "3 images in" in told
    assert "1 images are in several catalogs" in told
    assert "1 lesion ids and 0 patient ids stand in several catalogs" in told
    assert len(Catalog.read(tmp_path / "both")) == 3
    assert main(command) == 1
    assert "There is a catalog in" in capsys.readouterr().err
