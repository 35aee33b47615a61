import numpy as np
import pytest

from lesion.diagnosis import CODES
from training.catalog import Record
from training.config import ExtraCategory
from training.recipes.smoke import CONFIG
from training.target import ISIC2019, Target


def records(*labels: str) -> list[Record]:
    return [Record(image_id=str(place), label=label, sha256="", file="") for place, label in enumerate(labels)]


def test_the_eight_are_one_hot_in_class_order() -> None:
    positions = ISIC2019.positions(records("SCC", "MEL"))
    np.testing.assert_array_equal(ISIC2019.targets(positions), np.eye(8)[[7, 0]])
    assert ISIC2019.classes == CODES


def test_malignancy_is_one_column_of_melanoma_and_both_carcinomas() -> None:
    target = Target(kind="malignancy")
    positions = target.positions(records(*CODES))
    malignant = [code in {"MEL", "BCC", "SCC"} for code in CODES]
    np.testing.assert_array_equal(target.targets(positions), np.array(malignant, np.float32)[:, None])
    assert target.members(positions).sum(axis=0).tolist() == [5, 3]
    assert target.malignant_classes == (False, True)


def test_extra_categories_come_after_the_eight() -> None:
    config = CONFIG.model_copy(
        update={"extra_categories": (ExtraCategory(code="LENTIGO", name="Solar lentigo", malignant=False),)}
    )
    target = Target.of(config)
    assert target.classes == (*CODES, "LENTIGO")
    assert target.positions(records("LENTIGO", "MEL")).tolist() == [8, 0]
    assert config.outputs == 9
    with pytest.raises(ValueError, match="LENTIGO"):
        ISIC2019.positions(records("LENTIGO"))
