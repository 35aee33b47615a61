"""Answers drawn for the tests of metrics: random ones, with ties, and without some classes."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from lesion.decision import DecisionSpec, OperatingPoint
from lesion.diagnosis import CODES
from training.evaluation.answers import Answers
from training.predictions import Predictions

POINT = OperatingPoint(sensitivity=0.95, threshold=0.3, lower_bound=0.95, lesions=100)
PRIOR = (0.2, 0.4, 0.12, 0.06, 0.1, 0.04, 0.04, 0.04)
SPEC = DecisionSpec(temperature=0.8, log_prior=tuple(np.log(PRIOR).tolist()), operating_points=(POINT,))


def draw(
    images: int = 400,
    *,
    seed: int = 0,
    tied: bool = False,
    absent: Sequence[str] = (),
    noise: float = 0.0,
    spec: DecisionSpec = SPEC,
) -> Answers:
    """Answers that are right more often than not; lesions of one or two images.

    Logits are halves where `tied`. `noise` is added to them: models of other noise answer the same images otherwise.
    """
    rng = np.random.default_rng(seed)
    lesion = np.sort(rng.integers(0, max(1, 2 * images // 3), images))
    present = [place for place, code in enumerate(CODES) if code not in absent]
    label = rng.choice(present, images, p=np.array(PRIOR)[present] / np.array(PRIOR)[present].sum())
    label = label[np.searchsorted(lesion, lesion)]
    logits = rng.normal(size=(images, 8)) + 1.2 * np.eye(8)[label]
    logits += noise * np.random.default_rng(seed + 1).normal(size=logits.shape)
    return answers(
        label, np.round(2 * logits) / 2 if tied else logits, [f"lesion {name}" for name in lesion], spec=spec
    )


def answers(
    label: npt.ArrayLike, logits: npt.ArrayLike, lesions: Sequence[str] | None = None, *, spec: DecisionSpec = SPEC
) -> Answers:
    """Of images named in order, each its own lesion unless told."""
    positions = np.array(label, np.int32)
    names = np.array([f"image {place:05d}" for place in range(len(positions))])
    lesion = names if lesions is None else np.array(lesions)
    return Answers.of(Predictions(names, lesion, positions, np.array(logits, np.float32)), spec)


TRIALS = {
    "random": draw(seed=1),
    "tied": draw(seed=2, tied=True),
    "without DF and VASC": draw(seed=3, absent=("DF", "VASC")),
    "few and tied": draw(60, seed=4, tied=True),
}
