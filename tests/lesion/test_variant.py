"""A proof holds only where a loss above its bound is ruled out."""

from pathlib import Path

import pytest

from lesion.manifest import InvalidBundle, Manifest
from lesion.variant import golden_logits
from tests.manifests import PROOF, seal


@pytest.mark.parametrize(("low", "holds"), [(-0.005, True), (-0.0051, False), (0.0, True), (-0.2, False)])
def test_the_whole_interval_must_lie_above_the_bound(low: float, holds: bool) -> None:  # noqa: FBT001
    assert PROOF.model_copy(update={"interval": (low, 0.3), "bound": 0.005}).holds() is holds


def test_where_nothing_changed_enough_lesions_must_be_there() -> None:
    same = PROOF.model_copy(update={"interval": (0.0, 0.0), "bound": 0.005})
    assert [same.model_copy(update={"lesions": count}).holds() for count in (96, 735, 737, 2000)] == [
        False,
        False,
        True,
        True,
    ]
    assert not same.holds(0.001)


def test_it_is_told_in_one_line() -> None:
    line = PROOF.model_copy(update={"parts": ("validation", "calibration"), "same_outcome": None}).line
    assert line.startswith(
        "validation and calibration, 1000 images: balanced accuracy 0.7000, -0.0010 (-0.0040 to +0.00"
    )
    assert line.endswith("same outcome unknown")


def test_a_precision_is_found_once_or_refused(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"")
    manifest = seal(tmp_path, name="dermoscopy", version="1", size=16)
    assert manifest.variant("float32").file == "model.onnx"
    assert golden_logits(manifest.variant("float32")) == "logits"
    with pytest.raises(InvalidBundle, match="no variant in int8"):
        manifest.variant("int8")
    doubled = manifest.model_dump(mode="json")
    doubled["variants"] *= 2
    with pytest.raises(ValueError, match="Each variant must have a precision of its own"):
        Manifest.model_validate(doubled)
