"""What was answered against what is true, one class an image: the challenge's score and all that a confusion tells.

Answers are read in two ways. `even`: the largest probability if all classes were equally frequent, which the challenge
grades by balanced accuracy. `calibrated`: the largest probability as the service states it, which is right most often.
Two largest ones are no answer: "undecided", which is wrong, as in the challenge. Classes without an image in the part
count in no mean.
"""

from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field

from lesion.decision import Floats
from training.bootstrap import drawn
from training.evaluation.answers import Answers, Booleans, Integers
from training.evaluation.estimate import Estimate, mean, ratio

ReadingName = Literal["even", "calibrated"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class ClassGrade(_Part):
    """One class against all others."""

    name: str
    images: int = Field(description="Of this class.")
    lesions: int = Field(description="Of this class.")
    precision: Estimate = Field(description="Share of the images answered so that are. None: none was answered so.")
    recall: Estimate = Field(description="Share of its images that were answered so: its sensitivity.")
    f1: Estimate = Field(description="Harmonic mean of precision and recall; 0 where none was answered right.")
    specificity: Estimate = Field(description="Share of all other images that were not answered so.")


class Means(_Part):
    """Over the classes present. A precision of a class that was never answered counts as 0."""

    precision: Estimate
    recall: Estimate
    f1: Estimate


class Reading(_Part):
    """All figures of one way to read the answers. Intervals are all from the same draws of lesions."""

    balanced_accuracy: Estimate = Field(description="Mean recall: the score of ISIC 2019.")
    accuracy: Estimate = Field(description="Share of all images that were answered right.")
    kappa: Estimate = Field(description="Cohen (1960): agreement beyond chance, 1 at best, 0 by chance.")
    mcc: Estimate = Field(description="Matthews's correlation over all classes (Gorodkin 2004), 1 at best.")
    macro: Means = Field(description="Every class counts alike.")
    weighted: Means = Field(description="Every class counts by its images.")
    classes: tuple[ClassGrade, ...]
    confusion: tuple[tuple[int, ...], ...] = Field(description="Images: a row a true class, a column an answer.")
    undecided: tuple[int, ...] = Field(description="Images of each true class without an answer, in class order.")


class Classification(_Part):
    """Both readings of the same answers."""

    images: int
    lesions: int
    even: Reading
    calibrated: Reading


def classification(answers: Answers, *, seed: int = 0) -> Classification:
    """Grade answers in both readings."""
    lesions = answers.predictions.lesion_id
    return Classification(
        images=len(answers.label),
        lesions=len(np.unique(lesions)),
        even=read(answers.label, chosen(answers, "even"), lesions, answers.classes, seed=seed),
        calibrated=read(answers.label, chosen(answers, "calibrated"), lesions, answers.classes, seed=seed),
    )


def chosen(answers: Answers, reading: ReadingName) -> Integers:
    """int64 (N,): the class answered to each image, C where undecided."""
    return first(answers.even if reading == "even" else answers.decision.probabilities)


def first(probabilities: Floats) -> Integers:
    """int64 (N,): the class of the largest of (N, C) probabilities; C, undecided, where several are largest."""
    largest = probabilities == probabilities.max(axis=1, keepdims=True)
    answer: Integers = np.where(largest.sum(axis=1) == 1, largest.argmax(axis=1), probabilities.shape[1])
    return answer


def balanced(label: Integers, hit: Booleans) -> float:
    """Mean over the classes present of the share of their images that were answered right, of labels and hits (N,)."""
    return float(np.mean([hit[label == place].mean() for place in np.unique(label)]))


def read(
    label: Integers, answer: Integers, lesions: npt.NDArray[np.generic], names: tuple[str, ...], *, seed: int
) -> Reading:
    """Grade answers int64 (N,), of which C is undecided, by labels int64 (N,) below C. `lesions` (N,) are ids."""
    each = _one_hot(label, answer, len(names))
    table = each.sum(axis=0).reshape(len(names), len(names) + 1)
    told = figures(table.astype(float))
    again = figures(drawn(each, lesions, seed).reshape(-1, *table.shape).astype(float))

    def estimate(name: str) -> Estimate:
        return Estimate.of(float(told[name]), again[name])

    def means(kind: str) -> Means:
        return Means(**{name: estimate(f"{kind}_{name}") for name in Means.model_fields})

    return Reading(
        **{name: estimate(name) for name in ("balanced_accuracy", "accuracy", "kappa", "mcc")},
        macro=means("macro"),
        weighted=means("weighted"),
        classes=tuple(_grades(told, again, names, [len(np.unique(lesions[label == k])) for k in range(len(names))])),
        confusion=tuple(map(tuple, table[:, :-1].tolist())),
        undecided=tuple(table[:, -1].tolist()),
    )


def _one_hot(label: Integers, answer: Integers, classes: int) -> Integers:
    """int64 (N, C (C + 1)): a one in each image's cell of the confusion, undecided last in each row."""
    each = np.zeros((len(label), classes * (classes + 1)), np.int64)
    each[np.arange(len(label)), label * (classes + 1) + answer] = 1
    return each


def _grades(
    told: Mapping[str, Floats], again: Mapping[str, Floats], names: tuple[str, ...], lesions: list[int]
) -> Iterator[ClassGrade]:
    for place, name in enumerate(names):
        estimates = {
            figure: Estimate.of(float(told[figure][place]), again[figure][:, place])
            for figure in ("precision", "recall", "f1", "specificity")
        }
        yield ClassGrade(name=name, images=int(told["images"][place]), lesions=lesions[place], **estimates)


def figures(confusion: Floats) -> dict[str, Floats]:
    """Of counts (…, C, C + 1), a row a true class, undecided in the last column. NaN: undefined.

    `images`, `precision`, `recall`, `f1` and `specificity` are (…, C), of each class; all others (…,).
    """
    hits = np.diagonal(confusion, axis1=-2, axis2=-1)
    seen, answered = confusion.sum(axis=-1), confusion.sum(axis=-2)
    total, right = confusion.sum(axis=(-2, -1)), hits.sum(axis=-1)
    called, others = answered[..., :-1], total[..., None] - seen
    chance = (seen * called).sum(axis=-1)
    spread = (total**2 - (seen**2).sum(axis=-1)) * (total**2 - (answered**2).sum(axis=-1))
    each = {
        "precision": ratio(hits, called),
        "recall": ratio(hits, seen),
        "f1": np.where(seen > 0, ratio(2 * hits, seen + called), np.nan),
    }
    macro = {f"macro_{name}": mean(values, (seen > 0).astype(float)) for name, values in each.items()}
    weighted = {f"weighted_{name}": mean(values, seen) for name, values in each.items()}
    return {
        **each,
        **macro,
        **weighted,
        "images": seen,
        "specificity": ratio(others - called + hits, others),
        "balanced_accuracy": macro["macro_recall"],
        "accuracy": ratio(right, total),
        "kappa": ratio(total * right - chance, total**2 - chance),
        "mcc": ratio(total * right - chance, np.sqrt(spread)),
    }
