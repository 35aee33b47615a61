import io
import zipfile

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from lesion.diagnosis import CODES
from lesion.image import ImageSpec, prepare
from lesion.quality import QualitySpec, assess
from tests.paths import ROOT, data_file
from training.calibration.quality import LEAST_IMAGES, fit_quality
from training.drawing import draw
from training.images import image_files, open_images

SIDE = 48
SIZE = (600, 450)
Images = np.ndarray[tuple[int, int, int, int], np.dtype[np.uint8]]


def drawn(count: int, seed: int) -> Images:
    rng = np.random.default_rng(seed)
    pictures = [draw(CODES[number % len(CODES)], (60, 45), rng) for number in range(count)]
    return np.stack([prepare(picture, ImageSpec(size=SIDE)) for picture in pictures])


@pytest.fixture(scope="module")
def spec() -> QualitySpec:
    return fit_quality(drawn(LEAST_IMAGES, 0))


def rejected(images: Images, spec: QualitySpec) -> float:
    return float(np.mean([not assess(image, SIZE, spec).usable for image in images]))


def test_images_like_those_of_training_are_answered(spec: QualitySpec) -> None:
    fresh = drawn(100, 1)
    assert rejected(fresh, spec) == 0
    assert np.mean([bool(assess(image, SIZE, spec).findings) for image in fresh]) < 0.1


def test_other_things_and_spoiled_images_are_rejected(spec: QualitySpec) -> None:
    fresh = drawn(20, 2)
    noise = np.random.default_rng(0).integers(0, 256, fresh.shape, np.uint8)
    assert rejected(noise, spec) == 1
    assert rejected(fresh[..., ::-1].copy(), spec) == 1  # blue for red
    assert rejected(fresh // 4, spec) == 1
    assert rejected(ndimage.gaussian_filter(fresh, (0, 6, 6, 0)), spec) > 0.5


def test_size_is_told_from_what_the_model_sees(spec: QualitySpec) -> None:
    assert (spec.size, spec.least_side.warn, spec.least_side.reject) == (SIDE, SIDE / 2, SIDE / 4)


def test_rejecting_is_stricter_than_warning(spec: QualitySpec) -> None:
    for limits in (spec.least_side, spec.sharpness, spec.brightness):
        assert limits.warn is not None
        assert limits.reject is not None
        assert limits.reject < limits.warn
    for limits in (spec.glare, spec.surround, spec.distance):
        assert limits.warn is not None
        assert limits.reject is not None
        assert limits.reject > limits.warn


def test_what_the_model_has_learned_from_is_no_fault() -> None:
    framed = drawn(LEAST_IMAGES, 3)
    framed[:, : SIDE // 3] = framed[:, -SIDE // 3 :] = 2
    spec = fit_quality(framed)
    assert rejected(framed, spec) == 0
    assert spec.surround.reject == pytest.approx(2 / 3, abs=0.02)


def test_few_images_set_no_limits_of_their_own() -> None:
    spec = fit_quality(drawn(16, 0))
    assert spec.likeness is None
    assert spec.sharpness.warn is None
    assert spec.brightness.reject is None
    assert spec.surround.reject == 0.5


def test_images_that_are_all_alike_can_be_fitted() -> None:
    alike = np.repeat(drawn(1, 0), LEAST_IMAGES, axis=0)
    assert rejected(alike[:1], fit_quality(alike)) == 0


def test_black_images_tell_nothing_of_color() -> None:
    black = np.zeros((LEAST_IMAGES, SIDE, SIDE, 3), np.uint8)
    black[0] = 128
    spec = fit_quality(black)
    assert (spec.likeness, spec.distance.reject) == (None, None)
    assert spec.brightness.warn is not None


def test_the_smallest_images_that_a_model_may_see_can_be_fitted() -> None:
    least = np.random.default_rng(0).integers(0, 256, (LEAST_IMAGES, 8, 8, 3), np.uint8)
    assert rejected(least, fit_quality(least)) < 0.01


def test_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Received uint8 \(3, 8, 9, 3\)"):
        fit_quality(np.zeros((3, 8, 9, 3), np.uint8))
    with pytest.raises(ValueError, match="Received float64"):
        fit_quality(np.zeros((3, 8, 8, 3)))  # type: ignore[arg-type]


@pytest.mark.data
def test_real_images_and_the_examples_are_answered() -> None:
    archive = data_file("ham10000_200x150.zip")
    names = image_files(archive)[::8]
    square = ImageSpec(size=160)
    with open_images(archive) as read:
        images = np.stack([prepare(Image.open(io.BytesIO(read(name))), square) for name in names])
    spec = fit_quality(images[::2])
    assert rejected(images[1::2], spec) < 0.005
    examples = [Image.open(path) for path in sorted((ROOT / "examples").glob("*.jpg"))]
    assert rejected(np.stack([prepare(picture, square) for picture in examples]), spec) == 0
    with zipfile.ZipFile(data_file("msk_256x256.zip")) as other:
        found = [
            prepare(Image.open(other.open(name)), square) for name in image_files(data_file("msk_256x256.zip"))[::9]
        ]
    assert rejected(np.stack(found), spec) < 0.02
