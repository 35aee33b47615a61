"""The sentences follow the numbers: another catalog, another conclusion."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from PIL import Image

from training.catalog import Catalog, LeftOut, Record
from training.datareport.baselines import Baseline
from training.datareport.conclusions.conclude import SECTIONS, conclude
from training.datareport.conclusions.shortcuts import degree
from training.datareport.describe import DataReport, describe
from training.datareport.grade import Grade
from training.splits import Splits

Make = Callable[..., Record]
Say = Callable[..., dict[str, str]]


@pytest.fixture
def say(tmp_path: Path) -> Say:
    """Conclusions about records that all have one small picture for a file."""
    Image.new("RGB", (12, 8), (200, 120, 90)).save(tmp_path / "a.png")

    def conclusions(
        records: Sequence[Record], left_out: Sequence[LeftOut] = (), split: Splits | None = None
    ) -> dict[str, str]:
        catalog = Catalog(records, tmp_path, left_out)
        return conclude(describe(tmp_path, catalog, splits=("mine", split) if split else None, samples=1))

    return conclusions


def test_every_section_has_something_to_say(drawn_report: DataReport) -> None:
    said = conclude(drawn_report)
    assert said.keys() == SECTIONS.keys()
    assert [name for name, text in said.items() if not text] == ["parts"]
    assert not [text for text in said.values() if "  " in text or " ." in text or "None" in text or "nan" in text]


def test_one_image_alone(say: Say, make_record: Make) -> None:
    said = say([make_record(0, file="a.png", license="CC-BY-NC")])
    assert said["head"].startswith("The 1 image forms 1 independent group")
    assert said["terms"].startswith("All 1 image is for non-commercial use only")
    assert said["categories"] == "All images are of one category, NV: there is nothing to tell apart."
    assert said["sources"].startswith("All images come from one source (not stated)")
    assert (said["sex"], said["age"], said["site"]) == (
        "Sex is not stated.",
        "Age is not stated.",
        "Site is not stated.",
    )
    assert said["baselines"].startswith("Metadata alone cannot be judged")
    assert said["source_baselines"] == "There is one source, and so no shortcut through it."
    assert said["sizes"] == "Every image has 12×8 pixels: size tells nothing."
    assert said["left_out"] == "Nothing that the tables name was left out."
    assert said["duplicates"].startswith("No picture is known to be here twice. Only identical files")


def test_categories_of_one_source_are_named(say: Say, make_record: Make) -> None:
    records = [
        make_record(n, ("NV", "MEL", "NV")[n % 3], source=("a", "a", "b")[n % 3], file="a.png") for n in range(9)
    ]
    said = say(records)
    assert "MEL comes only from a. A model that recognizes a source" in said["sources"]
    assert "NV is 2 times as frequent as MEL" in said["categories"]
    assert "MEL and NV have fewer than 100 lesions" in said["categories"]


def test_a_leak_and_an_absent_part_are_said(say: Say, make_record: Make) -> None:
    records = [make_record(n, lesion_id="one", patient_id="p", file="a.png") for n in range(2)]
    names = [record.image_id for record in records]
    leaky = Splits(dict(zip(names, ("train", "test"), strict=True)), {name: name for name in names})
    assert say(records, split=leaky)["parts"].startswith("The split divides 1 group of lesion, patient or picture")
    assert say(records, split=Splits({}, {}))["parts"] == "The split mine names none of these images."


def test_contradictions_and_absences_are_counted(say: Say, make_record: Make) -> None:
    records = [
        make_record(0, lesion_id="bad", sex="male", site="head/neck", confirmation="histo", sha256="s", file="a.png"),
        make_record(1, "MEL", lesion_id="bad", sex="female", confirmation="follow_up", sha256="s", file="a.png"),
    ]
    said = say(records, [LeftOut("x", "no file"), LeftOut("y", "no file")])
    assert said["conflicts"].startswith("1 id contradicts itself, as listed below. bad does so in more than one way")
    assert said["left_out"].startswith("2 of 4 images that the tables name are not in the catalog, for 1 reason")
    assert "1 picture has two labels, one of which must be wrong: settle it or leave it out." in said["duplicates"]
    assert "histology confirmed 50.0 %, from 0 % of MEL to 100 % of NV." in said["confirmation"].replace(
        "\N{NO-BREAK SPACE}", " "
    )


@pytest.mark.parametrize(
    ("accuracy", "low", "verb"),
    [
        (0.5, 0.45, "does not tell"),
        (0.54, 0.51, "barely tells"),
        (0.6, 0.55, "partly tells"),
        (0.9, 0.8, "largely tells"),
    ],
)
def test_how_much_a_baseline_tells(accuracy: float, low: float, verb: str) -> None:
    told = Grade(
        classes=("a", "b"),
        images=9,
        groups=9,
        balanced_accuracy=accuracy,
        interval=(low, 1),
        chance=0.5,
        macro_auc=0.5,
        malignancy_auc=None,
        recall={},
    )
    assert degree(Baseline(sees="s", tells="t", grade=told, left_out={})) == verb
