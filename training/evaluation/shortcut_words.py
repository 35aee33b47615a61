"""What a shortcut test says, in a sentence made from its numbers."""

from training.evaluation.changes import LESION_ONLY, WITHOUT_LESION
from training.evaluation.estimate import Estimate
from training.evaluation.share import DependentShare

FEW, MANY = 0.01, 0.05
"""Shares of changed calls: fewer than the first is hardly any, more than the second is many."""


def region(name: str, accuracy: Estimate, auc: Estimate, chance: float) -> str:
    """Of a part of the picture without its metadata."""
    told = f"{_called(name)} reaches {_figures(accuracy, auc)}, where chance is {chance:.3f} and 0.5"
    if name == LESION_ONLY:
        return f"{told}: what is left when the surroundings cannot help."
    if accuracy.above(chance) or auc.above(0.5):
        seen = "the surroundings or the size of the cover" if name == WITHOUT_LESION else "the surroundings"
        return f"{told}: above chance, so {seen} tell something, or a lesion reaches that far."
    return f"{told}: not above chance, so no sign of a shortcut there."


def metadata(name: str, accuracy: Estimate, auc: Estimate, change: Estimate) -> str:
    """Of metadata that are hidden, alone or another's."""
    return f"{_called(name)} reaches {_figures(accuracy, auc)}: {_changed(change)} with both as they are."


def painted(
    name: str,
    false_alarms: DependentShare | None,
    missed: DependentShare | None,
    flips: DependentShare | None,
    change: float,
) -> str:
    """Of something painted on every picture."""
    told = f"{_called(name)} changes the probability of malignancy by {change:+.3f} on average"
    if false_alarms is None or false_alarms.value is None or flips is None or flips.value is None:
        return f"{told}."
    value = false_alarms.value
    many = "hardly any" if value < FEW else "some" if value <= MANY else "many"
    return (
        f"{told}; {value:.1%} of the images that are neither malignant nor were suspicious become so ({many}), "
        f"{_lost(missed)}and {flips.value:.1%} of all outcomes change."
    )


def _lost(missed: DependentShare | None) -> str:
    if missed is None or missed.value is None:
        return ""
    return f"{missed.value:.1%} of the malignant ones that were suspicious no longer are, "


def reference(accuracy: Estimate, auc: Estimate) -> str:
    """Of the images as they are."""
    return f"With picture and metadata as they are the model reaches {_figures(accuracy, auc)}."


_CALLED = {
    "picture only": "The picture without metadata",
    "lesion only": "The lesion alone",
    "without the lesion": "The picture without its lesion",
    "border only": "The border alone",
    "corners only": "What the corners show",
    "metadata only": "What is known of the patient, without a picture,",
    "metadata of others": "The picture with another patient's metadata",
    "ruler": "A painted ruler",
    "ink": "Painted ink",
    "hair": "Painted hair",
    "dark corners": "A painted dark surround",
}


def _called(name: str) -> str:
    return _CALLED[name]


def _figures(accuracy: Estimate, auc: Estimate) -> str:
    area = "" if auc.value is None else f" and a malignancy AUC of {_told(auc)}"
    return f"a balanced accuracy of {_told(accuracy)}{area}"


def _told(estimate: Estimate) -> str:
    if estimate.interval is None:
        return f"{estimate.value:.3f}"
    low, high = estimate.interval
    return f"{estimate.value:.3f} (95 % {low:.3f} to {high:.3f})"


def _changed(change: Estimate) -> str:
    value = change.value or 0.0
    amount = f"{abs(value):.3f} {'less' if value < 0 else 'more'} balanced accuracy"
    low, high = change.interval or (value, value)  # no interval: every draw is like it
    certain = not low <= 0 <= high
    return f"{amount} than" if certain else f"{amount}, within chance, than"
