"""Two models on the same images: by how much they differ, and whether chance alone would.

They err on much the same images, so a difference is known better than either figure. p-values are two-sided, each for
one comparison: of many, some are small by chance.
"""

import numpy as np
from pydantic import BaseModel, ConfigDict, Field
from scipy.stats import binomtest

from lesion.decision import Floats
from training.bootstrap import differences, quantiles, redrawn
from training.comparison import Interval
from training.evaluation.answers import Answers, Booleans, Integers
from training.evaluation.classification import ReadingName, chosen
from training.evaluation.delong import DeLong
from training.evaluation.sweep import Order


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Difference(_Part):
    """The first model's figure less the second's, on all images. Lesions are drawn again, for both models alike."""

    value: float
    interval: Interval = Field(description="95 %.")
    p_value: float = Field(
        description="Two-sided, from the draws on the rarer side of 0. 2,000 draws tell none below 0.001."
    )

    @classmethod
    def of(cls, value: float, draws: Floats) -> "Difference":
        """From the difference and those of the draws (draws,). NaN draws had nothing to measure."""
        known = draws[np.isfinite(draws)]
        tail = min((known <= 0).sum(), (known >= 0).sum())
        p_value = min(1.0, 2 * float(tail + 1) / (len(known) + 1))
        return cls(value=value, interval=quantiles(known), p_value=p_value)


class Answered(_Part):
    """Of the class that each model answers."""

    balanced_accuracy: Difference
    accuracy: Difference


class McNemar(_Part):
    """Independent images that only one of both models calls right. Exact."""

    images: int = Field(description="One a lesion.")
    only_first: int = Field(description="That only the first calls right.")
    only_second: int = Field(description="That only the second calls right.")
    p_value: float = Field(description="Two-sided, exact: binomial at one half over the images that they part on.")

    @classmethod
    def of(cls, first: Booleans, second: Booleans) -> "McNemar":
        """From what each model calls right (N,)."""
        ones, others = int((first & ~second).sum()), int((second & ~first).sum())
        p_value = float(binomtest(ones, ones + others).pvalue) if ones + others else 1.0
        return cls(images=len(first), only_first=ones, only_second=others, p_value=p_value)


class Calls(_Part):
    """Suspicious or not, each model at its own operating point, on one image a lesion."""

    every: McNemar
    malignant: McNemar = Field(description="The malignant ones: a difference of sensitivity.")
    others: McNemar = Field(description="All others: a difference of specificity.")


class PairedComparison(_Part):
    """The first model less the second."""

    images: int
    lesions: int
    even: Answered = Field(description="As if all classes were equally frequent: the challenge's score.")
    calibrated: Answered = Field(description="As the service ranks them.")
    malignancy_auc: Difference | None = Field(description="On all images. None where all or none are malignant.")
    malignancy_delong: DeLong | None = Field(
        description="On one image a lesion, for it supposes independent ones. None below two of either kind."
    )
    calls: Calls | None = Field(description="None where a model has no operating point.")


def paired(first: Answers, second: Answers, *, seed: int = 0) -> PairedComparison:
    """Compare two models. Raises `ValueError` when they told apart other classes, or answered other images."""
    expect_same(first, second)
    ones, others = first.independent(), second.independent()
    kinds = int(ones.malignant.sum()), int((~ones.malignant).sum())
    scores = (each.decision.malignancy for each in (ones, others))
    return PairedComparison(
        images=len(first.label),
        lesions=len(ones.label),
        even=answered(first, second, "even", seed=seed),
        calibrated=answered(first, second, "calibrated", seed=seed),
        malignancy_auc=_malignancy_auc(first, second, seed) if 0 < first.malignant.sum() < len(first.label) else None,
        malignancy_delong=DeLong.of(ones.malignant, *scores) if min(kinds) > 1 else None,
        calls=_calls(ones, others),
    )


def expect_same(first: Answers, second: Answers) -> None:
    """Raises `ValueError` when two models told apart other classes, or answered other images or in another order.

    So it does when the images are of other lesions: one image a lesion would then be another image for each.
    """
    if first.classes != second.classes:
        raise ValueError(f"Both must tell the same classes apart. Received {first.classes} and {second.classes}.")
    one, other = (each.predictions.image_id.tolist() for each in (first, second))
    if one != other:
        counts = f"{len(one)} and {len(other)} images, {len(set(one) & set(other))} of them the same"
        raise ValueError(f"Both must answer the same images in the same order. Received {counts}.")
    others = int((first.predictions.lesion_id != second.predictions.lesion_id).sum())
    if others:
        raise ValueError(f"Both must hold the same lesions. Received {others} images that are of other lesions.")
    if (first.label != second.label).any():
        raise ValueError(f"Both must hold the same truth. Received {(first.label != second.label).sum()} other labels.")


def answered(first: Answers, second: Answers, reading: ReadingName, *, seed: int = 0) -> Answered:
    """Compare the classes that are answered to the same images.

    Accuracy is the balanced accuracy of images that are all of one class.
    """
    lesions = first.predictions.lesion_id
    ones, others = (chosen(each, reading) == each.label for each in (first, second))

    def compared(label: Integers, classes: int) -> Difference:
        leads = [ones[label == place].mean() - others[label == place].mean() for place in np.unique(label)]
        return Difference.of(float(np.mean(leads)), differences(label, ones, others, lesions, classes, seed=seed))

    return Answered(
        balanced_accuracy=compared(first.label, len(first.classes)),
        accuracy=compared(np.zeros_like(first.label), 1),
    )


def _malignancy_auc(first: Answers, second: Answers, seed: int) -> Difference:
    orders = [Order.of(each.malignant, each.decision.malignancy) for each in (first, second)]

    def difference(times: Integers) -> Floats:
        return orders[0].sweep(times).auc() - orders[1].sweep(times).auc()

    draws = np.concatenate([difference(times) for times in redrawn(first.predictions.lesion_id, seed)])
    return Difference.of(float(difference(np.ones((1, len(first.label)), np.int64))[0]), draws)


def _calls(first: Answers, second: Answers) -> Calls | None:
    """On independent images."""
    right = [_called_right(each) for each in (first, second)]
    if right[0] is None or right[1] is None:
        return None
    ones, others, malignant = right[0], right[1], first.malignant
    return Calls(
        every=McNemar.of(ones, others),
        malignant=McNemar.of(ones[malignant], others[malignant]),
        others=McNemar.of(ones[~malignant], others[~malignant]),
    )


def _called_right(answers: Answers) -> Booleans | None:
    outcome = answers.decision.outcome
    return None if outcome is None else (np.array(outcome) == "suspicious") == answers.malignant
