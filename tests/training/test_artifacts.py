from collections.abc import Callable

import numpy as np
import pytest
from PIL import Image

from training.artifacts import hair, ruler
from training.drawing import draw

Draw = Callable[[Image.Image, np.random.Generator], Image.Image]
SKIN = draw("NV", (96, 96), np.random.default_rng(0))


@pytest.mark.parametrize("artifact", [hair, ruler])
@pytest.mark.parametrize("seed", range(8))
def test_it_darkens_a_small_part_and_leaves_the_rest(artifact: Draw, seed: int) -> None:
    before, after = np.asarray(SKIN).astype(int), np.asarray(artifact(SKIN, np.random.default_rng(seed))).astype(int)
    assert after.shape == before.shape
    touched = (after != before).any(axis=-1)
    assert 0.001 < touched.mean() < 0.3
    luminance = (after - before).mean(axis=-1)[touched]
    assert luminance.mean() < -10


def test_a_ruler_keeps_to_a_border() -> None:
    white = Image.new("RGB", (96, 96), (255, 255, 255))
    reached = []
    for seed in range(40):
        rows, columns = np.nonzero((np.asarray(ruler(white, np.random.default_rng(seed))) < 255).any(axis=-1))
        reached.append(min(rows.mean(), 95 - rows.mean(), columns.mean(), 95 - columns.mean()) / 95)
    assert np.mean(reached) < 0.2
    assert max(reached) < 0.4


@pytest.mark.parametrize("artifact", [hair, ruler])
def test_the_same_seed_draws_the_same_and_another_another(artifact: Draw) -> None:
    one, again, other = (np.asarray(artifact(SKIN, np.random.default_rng(seed))) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any()
