"""What an answer means to a patient: predictive values, at the prevalence of the place where it is asked."""

from collections.abc import Sequence

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from training.bootstrap import BOOTSTRAPS, quantiles
from training.comparison import Counts, Interval

PREVALENCES = (0.01, 0.05, 0.10, 0.20)


class Predictive(BaseModel):
    """Where this share of lesions is malignant, as Bayes has it.

    Intervals are 95 %, of sensitivity and specificity drawn from what independent counts leave open (Beta, Jeffreys's
    prior), at a prevalence that is known. Unlike drawing lesions again, they say something where none was missed.
    """

    model_config = ConfigDict(frozen=True)

    prevalence: float = Field(description="Share of malignant lesions.")
    ppv: float | None = Field(description="Share of the suspicious that are malignant. None: nothing was suspicious.")
    ppv_interval: Interval | None
    npv: float | None = Field(description="Share of the others that are not. None: everything was suspicious.")
    npv_interval: Interval | None
    biopsies: float | None = Field(description="Number needed to biopsy: suspicious lesions for each malignant, 1/PPV.")


def predictive(counts: Counts, *, seed: int) -> tuple[Predictive, ...]:
    """From counts of independent images: first at their own prevalence, then at `PREVALENCES`.

    None at all where none or all of the images are malignant: then sensitivity or specificity cannot be told.
    """
    malignant = counts.true_positive + counts.false_negative
    others = counts.true_negative + counts.false_positive
    if not malignant or not others:
        return ()
    rng = np.random.default_rng(seed)
    caught = rng.beta(counts.true_positive + 0.5, counts.false_negative + 0.5, BOOTSTRAPS)
    cleared = rng.beta(counts.true_negative + 0.5, counts.false_positive + 0.5, BOOTSTRAPS)
    drawn = [Counts(*draw) for draw in np.stack([caught, 1 - caught, cleared, 1 - cleared], axis=1).tolist()]
    return tuple(_at(share, counts, drawn) for share in (malignant / (malignant + others), *PREVALENCES))


def _at(prevalence: float, counts: Counts, drawn: Sequence[Counts]) -> Predictive:
    ppv, npv = (None if np.isnan(value) else value for value in counts.at(prevalence))
    ppvs, npvs = np.array([each.at(prevalence) for each in drawn]).T
    return Predictive(
        prevalence=prevalence,
        ppv=ppv,
        ppv_interval=None if ppv is None else quantiles(ppvs),
        npv=npv,
        npv_interval=None if npv is None else quantiles(npvs),
        biopsies=1 / ppv if ppv else None,
    )
