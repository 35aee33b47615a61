"""Two pictures in one, with the target shared between their categories: mixup and cutmix.

Mixup (Zhang et al., 2018) blends picture and metadata; cutmix (Yun et al., 2019) pastes a rectangle of one picture into
the other, blends the metadata by the same share, and the target says the share of the pixels. Both draw the share from
Beta(α, α), anew for every picture. With both, each batch draws one of the two.
"""

import numpy as np
import numpy.typing as npt

from lesion.image import Pixels
from training.options.pipeline import Augmentation

Floats = npt.NDArray[np.float32]
Places = npt.NDArray[np.int64]


def mix(
    images: Pixels, metadata: Floats, targets: Floats, options: Augmentation, rng: np.random.Generator
) -> tuple[Pixels, Floats, Floats]:
    """uint8 (B, S, S, 3), float32 (B, K) and float32 (B, C), mixed within the batch as the options say."""
    ways = [(way, alpha) for way, alpha in ((mixup, options.mixup), (cutmix, options.cutmix)) if alpha]
    if not ways:
        return images, metadata, targets
    way, alpha = ways[int(rng.integers(len(ways)))]
    partner = rng.permutation(len(images))
    mixed, share = way(images, partner, alpha, rng)
    kept = share[:, None]
    return mixed, _blend(metadata, metadata[partner], kept), _blend(targets, targets[partner], kept)


def mixup(images: Pixels, partner: Places, alpha: float, rng: np.random.Generator) -> tuple[Pixels, Floats]:
    """Each picture blended with its partner; and the share of its own, float32 (B,)."""
    share = rng.beta(alpha, alpha, len(images)).astype(np.float32)
    blended = _blend(images.astype(np.float32), images[partner], share[:, None, None, None])
    return np.rint(blended).astype(np.uint8), share


def cutmix(images: Pixels, partner: Places, alpha: float, rng: np.random.Generator) -> tuple[Pixels, Floats]:
    """Each picture with a rectangle of its partner in place; and the share of its own pixels, float32 (B,)."""
    side = images.shape[1]
    half = np.sqrt(1 - rng.beta(alpha, alpha, len(images))) * side / 2
    center = rng.integers(0, side, (2, len(images)))
    (top, left), (bottom, right) = (np.clip(np.rint(center + reach), 0, side).astype(int) for reach in (-half, half))
    mixed = images.copy()
    for place, other in enumerate(partner):
        box = slice(top[place], bottom[place]), slice(left[place], right[place])
        mixed[place][box] = images[other][box]
    return mixed, (1 - (bottom - top) * (right - left) / side**2).astype(np.float32)


def _blend(one: Floats, other: npt.NDArray[np.float32] | Pixels, share: Floats) -> Floats:
    return one * share + other * (1 - share)
