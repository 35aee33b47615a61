import numpy as np
import pytest

from training.mixing import cutmix, mix, mixup
from training.options.pipeline import Augmentation

SIDE = 32
FLAT = np.stack([np.full((SIDE, SIDE, 3), value, np.uint8) for value in (10, 60, 110, 160, 210, 250)])
ONE_HOT = np.eye(6, dtype=np.float32)
PARTNER = np.array([1, 2, 3, 4, 5, 0])


def mixed(seed: int, **options: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    return mix(FLAT, ONE_HOT.copy(), ONE_HOT, Augmentation(**options), np.random.default_rng(seed))


def test_without_either_nothing_changes() -> None:
    images, metadata, targets = mixed(0)
    assert images is FLAT
    assert targets is ONE_HOT
    np.testing.assert_array_equal(metadata, ONE_HOT)


@pytest.mark.parametrize("options", [{"mixup": 0.4}, {"cutmix": 1.0}, {"mixup": 0.4, "cutmix": 1.0}])
@pytest.mark.parametrize("seed", range(5))
def test_targets_stay_shares_and_metadata_goes_along(options: dict[str, float], seed: int) -> None:
    images, metadata, targets = mixed(seed, **options)
    assert (images.shape, images.dtype.name) == (FLAT.shape, "uint8")
    assert (metadata.dtype.name, targets.dtype.name) == ("float32", "float32")
    np.testing.assert_allclose(targets.sum(axis=1), 1, atol=1e-6)
    assert (targets >= 0).all()
    np.testing.assert_array_equal(metadata, targets)  # they were the same before


def test_a_blend_is_as_much_of_each_as_its_share_says() -> None:
    images, share = mixup(FLAT, PARTNER, 0.4, np.random.default_rng(1))
    own, other = FLAT[:, 0, 0, 0].astype(float), FLAT[PARTNER, 0, 0, 0].astype(float)
    expected = own * share + other * (1 - share)
    assert np.ptp(share) > 0.3, "every picture has a share of its own"
    np.testing.assert_allclose(images.mean(axis=(1, 2, 3)), expected, atol=0.51)


@pytest.mark.parametrize("seed", range(20))
def test_a_pasted_rectangle_has_the_share_of_pixels_that_the_target_says(seed: int) -> None:
    images, share = cutmix(FLAT, PARTNER, 1.0, np.random.default_rng(seed))
    own = (images[..., 0] == FLAT[..., 0]).mean(axis=(1, 2))
    other = (images[..., 0] == FLAT[PARTNER][..., 0]).mean(axis=(1, 2))
    np.testing.assert_allclose(own, share, atol=1e-6)
    np.testing.assert_allclose(own + other, 1)


def test_half_of_the_area_is_pasted_on_average() -> None:
    """With Beta(1, 1), less what falls outside the picture: 0.5 of the area is drawn, about two thirds of it inside."""
    shares = [cutmix(FLAT, PARTNER, 1.0, np.random.default_rng(seed))[1] for seed in range(200)]
    assert 0.6 < np.mean(shares) < 0.75


def test_with_both_each_batch_draws_one() -> None:
    kinds = {len(np.unique(mixed(seed, mixup=0.4, cutmix=1.0)[0][0])) for seed in range(20)}
    assert kinds >= {1, 2}, "blended: one shade; pasted: two"


def test_the_same_seed_mixes_the_same() -> None:
    for one, other in zip(mixed(4, mixup=0.4), mixed(4, mixup=0.4), strict=True):
        np.testing.assert_array_equal(one, other)
