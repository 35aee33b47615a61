from pathlib import Path

import pytest

from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from tests.service.bundles import SIZE
from tests.training.asking.cases import bundle
from training.asking.bundle import Bundle
from training.config import ExtraCategory
from training.errors import InvalidData
from training.recipes.smoke import CONFIG

FITTING = CONFIG.model_copy(update={"image": ImageSpec(size=SIZE)})


def test_a_bundle_made_for_the_data_passes(tmp_path: Path) -> None:
    opened = bundle(tmp_path)
    opened.expect_made_for(FITTING)
    assert opened.path == tmp_path / "dermoscopy" / "1" / "model.onnx"
    assert opened.digest.startswith("sha256:")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"image": ImageSpec(size=SIZE + 1)}, "image: expected size=17"),
        ({"metadata": MetadataSpec(age_scale_years=50)}, "metadata: expected age_scale_years=50"),
        ({"target": "malignancy"}, r"classes: expected \('benign', 'malignant'\)"),
        ({"extra_categories": (ExtraCategory(code="LENT", name="Lentigo", malignant=False),)}, "LENT"),
    ],
)
def test_other_inputs_or_classes_are_refused(tmp_path: Path, change: dict[str, object], told: str) -> None:
    with pytest.raises(InvalidData, match=told):
        bundle(tmp_path).expect_made_for(FITTING.model_copy(update=change))


def test_a_changed_file_is_refused(tmp_path: Path) -> None:
    directory = bundle(tmp_path).directory
    (directory / "card.md").write_text("Another.\n", encoding="utf-8")
    with pytest.raises(InvalidData, match=r"card\.md was changed"):
        Bundle.open(directory)


def test_what_is_no_bundle_and_no_variant_is_told(tmp_path: Path) -> None:
    with pytest.raises(InvalidData, match="cannot be read"):
        Bundle.open(tmp_path / "none")
    with pytest.raises(InvalidData, match=r"has no variant int8\.onnx\. Expected one of \['model\.onnx'\]"):
        Bundle.open(bundle(tmp_path).directory, "int8.onnx")
