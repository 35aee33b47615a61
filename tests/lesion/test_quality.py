import json
from dataclasses import asdict

import numpy as np
import pytest
from pydantic import ValidationError

from lesion.image import Pixels
from lesion.quality import Likeness, Limits, QualitySpec, assess

SIDE = 32
SIZE = (600, 450)
SPEC = QualitySpec(
    size=SIDE,
    least_side=Limits(warn=200, reject=100),
    brightness=Limits(warn=100, reject=60),
    glare=Limits(warn=0.05, reject=0.6),
    surround=Limits(warn=0.1, reject=0.5),
)


def skin(level: int = 150) -> Pixels:
    return np.full((SIDE, SIDE, 3), (level, level - 20, level - 30), np.uint8)


def codes(pixels: Pixels, spec: QualitySpec = SPEC, size: tuple[int, int] = SIZE) -> list[tuple[str, bool]]:
    return [(finding.code, finding.rejects) for finding in assess(pixels, size, spec).findings]


def test_a_good_picture_has_no_findings() -> None:
    quality = assess(skin(), SIZE, SPEC)
    assert quality.usable
    assert quality.findings == ()


@pytest.mark.parametrize(
    ("size", "expected"),
    [((200, 300), []), ((300, 199), [("too_small", False)]), ((99, 4000), [("too_small", True)])],
)
def test_the_shorter_side_of_the_original_counts(size: tuple[int, int], expected: list[tuple[str, bool]]) -> None:
    assert codes(skin(), size=size) == expected


def test_warnings_leave_a_picture_usable_and_rejections_do_not() -> None:
    assert assess(skin(90), SIZE, SPEC).usable
    assert codes(skin(90)) == [("too_dark", False)]
    assert not assess(skin(60), SIZE, SPEC).usable
    assert codes(skin(60)) == [("too_dark", True)]


@pytest.mark.parametrize(("rows", "rejects"), [(4, False), (20, True)])
def test_glare_and_frame_are_shares(rows: int, rejects: bool) -> None:  # noqa: FBT001
    burnt, framed = skin(), skin()
    burnt[:rows], framed[:rows] = 255, 0
    assert codes(burnt) == [("too_bright", rejects)]
    assert codes(framed) == [("black_border", rejects)]


def test_blur_is_found_where_a_limit_is_set() -> None:
    noise = np.random.default_rng(0).integers(100, 200, (SIDE, SIDE, 3), np.uint8)
    spec = SPEC.model_copy(update={"sharpness": Limits(warn=0.2, reject=0.1)})
    assert codes(noise, spec) == []
    assert codes(skin(), spec) == [("blurred", True)]


def test_what_is_far_from_the_training_images_is_not_dermoscopic() -> None:
    near = Likeness(mean=(0.37, 0.3, -5.8, -5.8, 0.7, -0.7, 0), inverse_covariance=np.eye(7).tolist())
    spec = SPEC.model_copy(update={"likeness": near, "distance": Limits(warn=2, reject=50)})
    assert codes(skin(), spec) == []
    rng = np.random.default_rng(0)
    assert codes(rng.integers(60, 240, (SIDE, SIDE, 3), np.uint8), spec) == [("not_dermoscopic", True)]


def test_a_finding_says_what_was_expected_and_received() -> None:
    (finding,) = assess(skin(), (90, 80), SPEC).findings
    assert (finding.value, finding.limit, finding.rejects) == (80, 100, True)
    assert "at least 100 px, received 80 px" in finding.message
    assert json.loads(json.dumps(asdict(finding)))["code"] == "too_small"


def test_a_black_picture_is_rejected_for_what_can_be_told() -> None:
    near = Likeness(mean=(0,) * 7, inverse_covariance=np.eye(7).tolist())
    spec = SPEC.model_copy(update={"likeness": near, "distance": Limits(reject=0)})
    assert codes(np.zeros((SIDE, SIDE, 3), np.uint8), spec) == [("too_dark", True), ("black_border", True)]


def test_without_limits_nothing_is_found() -> None:
    assert codes(np.zeros((SIDE, SIDE, 3), np.uint8), QualitySpec(size=SIDE), (1, 1)) == []


def test_pixels_of_another_side_are_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected \(32, 32, 3\). Received \(16, 16, 3\)"):
        assess(np.zeros((16, 16, 3), np.uint8), SIZE, SPEC)


def test_the_spec_survives_json_and_refuses_what_it_does_not_know() -> None:
    spec = SPEC.model_copy(update={"likeness": Likeness(mean=(0.1,) * 7, inverse_covariance=np.eye(7).tolist())})
    assert QualitySpec.model_validate_json(spec.model_dump_json()) == spec
    with pytest.raises(ValidationError, match="extra_forbidden"):
        QualitySpec.model_validate({"size": SIDE, "contrast": {}})
    with pytest.raises(ValidationError, match="must have sides of 7"):
        Likeness(mean=(0.1,) * 7, inverse_covariance=np.eye(6).tolist())


def test_every_part_of_the_spec_is_described() -> None:
    assert all(field.description for field in QualitySpec.model_fields.values())
