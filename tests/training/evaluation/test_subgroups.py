"""Groups by image id, figures of one image a lesion, nothing shown of few, and gaps that chance would make."""

from collections.abc import Sequence

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from lesion.decision import DecisionSpec, OperatingPoint
from lesion.diagnosis import CODES
from training.catalog import Record
from training.datareport.sizes import Size
from training.errors import InvalidData
from training.evaluation.answers import Answers
from training.evaluation.subgroups import Dimension, Group, subgroups
from training.predictions import Predictions

MEL, NV = CODES.index("MEL"), CODES.index("NV")
POINT = OperatingPoint(sensitivity=0.95, threshold=0.5, lower_bound=0.95, lesions=100)
SPEC = DecisionSpec(temperature=1.0, operating_points=(POINT,))


def record(number: int, **facts: object) -> Record:
    own = {"label": "NV", "lesion_id": f"L{number}", "age": 40.0, "sex": "female", "site": "head/neck", **facts}
    return Record(image_id=f"I{number:04d}", sha256="", file="", **own)  # type: ignore[arg-type]


def answered(records: Sequence[Record], called: Sequence[bool], spec: DecisionSpec = SPEC) -> Answers:
    """Answers that call each image melanoma or nevus, with slightly different certainty."""
    logits = np.full((len(records), len(CODES)), -9.0, np.float32)
    for row, is_malignant in enumerate(called):
        logits[row, MEL if is_malignant else NV] = 2 + row / len(records)
    given = Predictions(
        image_id=np.array([each.image_id for each in records]),
        lesion_id=np.array([each.lesion_id or each.image_id for each in records]),
        label=np.array([CODES.index(each.label) for each in records], np.int32),
        logits=logits,
    )
    return Answers.of(given, spec)


def untold(records: Sequence[Record]) -> dict[str, None]:
    return dict.fromkeys(each.image_id for each in records)


def dimension(found: Sequence[Dimension], name: str) -> dict[str, Group]:
    return {group.name: group for each in found if each.name == name for group in each.groups}


def two_sexes() -> tuple[list[Record], list[bool]]:
    """Lesions of women, all melanomas of which are called, and of men, half of whose are; every other is one."""
    records, called = [], []
    for number in range(200):
        sex, malignant = ("female", "male")[number >= 80], number % 2 == 0
        records.append(record(number, sex=sex, label="MEL" if malignant else "NV"))
        called.append(malignant and (sex == "female" or number % 4 == 0))
    return records, called


def test_figures_are_those_of_each_group() -> None:
    records, called = two_sexes()
    found = subgroups(answered(records, called), records[::-1], untold(records), seed=3)
    sexes = dimension(found.dimensions, "sex")
    assert list(sexes) == ["female", "male"]
    female, male = sexes.values()
    assert (female.images, female.lesions, female.malignant) == (80, 80, 40)
    assert female.sensitivity is not None
    assert male.sensitivity is not None
    assert (female.sensitivity.hits, female.sensitivity.total) == (40, 40)
    assert (male.sensitivity.hits, male.sensitivity.total) == (30, 60)
    assert male.specificity is not None
    assert male.specificity.value == 1.0
    assert male.balanced_accuracy == 0.75
    assert found.overall.lesions == 200
    assert found.threshold == 0.5


def test_the_area_is_that_of_scikit_learn() -> None:
    records, called = two_sexes()
    answers = answered(records, called)
    male = dimension(subgroups(answers, records, untold(records)).dimensions, "sex")["male"]
    own = np.arange(200) >= 80
    expected = roc_auc_score(answers.malignant[own], answers.decision.malignancy[own])
    assert male.malignancy_auc is not None
    assert male.malignancy_auc.value == pytest.approx(expected, abs=1e-12)


def test_the_worst_group_is_named_and_chance_is_told() -> None:
    records, called = two_sexes()
    (sex,) = subgroups(answered(records, called), records, untold(records)).dimensions
    sensitivity, specificity, _ = sex.gaps
    assert (sensitivity.worst, sensitivity.best, sensitivity.gap) == ("male", "female", 0.5)
    assert sensitivity.chance is not None
    assert sensitivity.chance < 0.001
    assert specificity.gap == 0.0
    assert specificity.chance == 1.0


def test_groups_that_rest_on_few_malignant_lesions_make_no_gap() -> None:
    records = [record(number, sex=("female", "male")[number % 2]) for number in range(100)]
    records[0] = record(0, label="MEL", sex="female")
    records[1] = record(1, label="MEL", sex="male")
    called = [number == 0 for number in range(100)]
    (sex,) = subgroups(answered(records, called), records, untold(records)).dimensions
    sensitivity, specificity, area = sex.gaps
    assert (sensitivity.groups, sensitivity.worst, sensitivity.gap, sensitivity.chance) == (0, None, None, None)
    assert specificity.groups == 2
    assert area.groups == 0


def test_of_few_lesions_nothing_is_shown() -> None:
    records = [record(number, age=25.0 if number < 19 else 60.0) for number in range(60)]
    ages = dimension(subgroups(answered(records, [False] * 60), records, untold(records)).dimensions, "age")
    hidden = ages["under 30"]
    assert hidden == Group(
        name="under 30",
        hidden=True,
        lesions="<20",
        images=None,
        malignant=None,
        sensitivity=None,
        specificity=None,
        malignancy_auc=None,
        ece=None,
        balanced_accuracy=None,
    )
    assert ages["50 to 69"].lesions == 41


def test_figures_are_of_one_image_a_lesion() -> None:
    records = [
        record(number, lesion_id=f"L{number // 2}", sex=("female", "male")[number >= 40]) for number in range(80)
    ]
    female = dimension(subgroups(answered(records, [False] * 80), records, untold(records)).dimensions, "sex")["female"]
    assert (female.images, female.lesions) == (40, 20)
    assert female.specificity is not None
    assert female.specificity.total == 20


def test_an_image_that_the_catalog_does_not_know_is_an_error() -> None:
    records = [record(number) for number in range(30)]
    answers = answered(records, [False] * 30)
    with pytest.raises(InvalidData, match="1 of 30 images are not in the catalog, such as \\['I0029'\\]"):
        subgroups(answers, records[:-1], untold(records))
    with pytest.raises(InvalidData, match="not in the skin tones"):
        subgroups(answers, records, untold(records[1:]))
    with pytest.raises(InvalidData, match="not in the image sizes"):
        subgroups(answers, records, untold(records), {})


def test_what_the_data_do_not_give_is_said() -> None:
    records = [record(number) for number in range(30)]
    found = subgroups(answered(records, [False] * 30), records, untold(records))
    assert found.dimensions == ()
    assert found.left_out["sex"] == "every image: female"
    assert found.left_out["skin tone in the image"] == "every image: not measurable"
    assert found.left_out["image size"] == "the sizes of the original files are not known"


def test_size_tone_gaps_and_confirmation_make_groups() -> None:
    records = [
        record(number, site=None if number % 2 else "head/neck", confirmation="histopathology" if number % 2 else "")
        for number in range(80)
    ]
    names = [each.image_id for each in records]
    tones = {name: ("light", "dark")[place % 2] for place, name in enumerate(names)}
    sizes = {name: (Size(600, 450), Size(3000, 2000), None)[place % 3] for place, name in enumerate(names)}
    found = subgroups(answered(records, [False] * 80), records, tones, sizes).dimensions  # type: ignore[arg-type]
    groups = {each.name: [group.name for group in each.groups] for each in found}
    assert groups["skin tone in the image"] == ["light", "dark"]
    assert groups["image size"] == ["450 to 767", "1024 and over", "not stated"]
    assert groups["missing metadata"] == ["none missing", "some missing"]
    assert groups["confirmation of the diagnosis"] == ["histology", "not stated"]
    assert next(each.note for each in found if each.name == "skin tone in the image").startswith("Image-derived")


def test_without_a_threshold_there_is_no_sensitivity() -> None:
    records = [record(number, sex=("female", "male")[number % 2]) for number in range(80)]
    found = subgroups(answered(records, [False] * 80, DecisionSpec(temperature=1.0)), records, untold(records))
    assert found.threshold is None
    assert found.overall.sensitivity is None
    assert found.overall.specificity is None
