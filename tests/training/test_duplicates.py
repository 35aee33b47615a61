import io

import numpy as np
from PIL import Image

from lesion.image import ImageSpec, load, prepare
from training.drawing import draw
from training.duplicates import SIDE, correlated_pairs, identical_files


def test_a_recompressed_smaller_copy_is_found_and_other_lesions_are_not() -> None:
    rng = np.random.default_rng(0)
    spec = ImageSpec(size=SIDE)
    lesions = [draw("MEL", (120, 120), rng) for _ in range(30)]
    buffer = io.BytesIO()
    lesions[7].resize((90, 90), Image.Resampling.BICUBIC).save(buffer, "JPEG", quality=70)
    pictures = np.stack([*(prepare(lesion, spec) for lesion in lesions), load(buffer.getvalue(), spec)])
    assert correlated_pairs(pictures) == [(7, 30)]


def test_identical_files_are_paired_with_the_first() -> None:
    assert identical_files(["a", "b", "c", "d"], ["1", "2", "1", "1"]) == [("a", "c"), ("a", "d")]
