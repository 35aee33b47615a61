"""What a model is taught to tell: labels of the catalog to positions and targets, columns of logits to names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, Self

import numpy as np
import numpy.typing as npt

from lesion.diagnosis import CATEGORIES, CODES

Targets = npt.NDArray[np.float32]
NOT_MALIGNANT, MALIGNANT = "benign", "malignant"


class Labeled(Protocol):
    """Anything with the label of an image."""

    @property
    def label(self) -> str:
        """Code of its category."""


class Categories(Protocol):
    """What of a config is asked for here."""

    @property
    def categories(self) -> tuple[str, ...]:
        """Codes in class order."""

    @property
    def malignant(self) -> tuple[bool, ...]:
        """Which of them are malignant."""

    @property
    def target(self) -> Literal["category", "malignancy"]:
        """What the logits tell."""


@dataclass(frozen=True)
class Target:
    """Categories in the order of labels, which of them are malignant, and whether that is all that is asked."""

    categories: tuple[str, ...] = CODES
    malignant: tuple[bool, ...] = tuple(category.malignant for category in CATEGORIES)
    kind: Literal["category", "malignancy"] = "category"

    @classmethod
    def of(cls, config: Categories) -> Self:
        """The target of a config."""
        return cls(config.categories, config.malignant, config.target)

    @property
    def classes(self) -> tuple[str, ...]:
        """What is told apart, C names; two where a single logit tells malignant from not."""
        return self.categories if self.kind == "category" else (NOT_MALIGNANT, MALIGNANT)

    @property
    def malignant_classes(self) -> tuple[bool, ...]:
        """Which of `classes` are malignant."""
        return self.malignant if self.kind == "category" else (False, True)

    def positions(self, records: Sequence[Labeled]) -> npt.NDArray[np.int32]:
        """Positions int32 (N,) of the labels in `categories`. Raises `ValueError` on a label that is none of them."""
        places = {code: place for place, code in enumerate(self.categories)}
        strangers = sorted({record.label for record in records} - places.keys())
        if strangers:
            raise ValueError(f"Labels must be one of {self.categories}. Received {strangers}.")
        return np.array([places[record.label] for record in records], np.int32)

    def members(self, positions: npt.NDArray[np.int32]) -> Targets:
        """Which of `classes` each belongs to, float32 (N, C)."""
        if self.kind == "category":
            return one_hot(positions, len(self.categories))
        return one_hot(np.array(self.malignant, np.int32)[positions], 2)

    def targets(self, positions: npt.NDArray[np.int32]) -> Targets:
        """What the logits are compared with: `members`, or float32 (N, 1), 1 for malignant, for a single logit."""
        members = self.members(positions)
        return members if self.kind == "category" else members[:, 1:]


def one_hot(positions: npt.NDArray[np.int32], classes: int) -> Targets:
    """Positions (N,) to float32 (N, C)."""
    table: Targets = np.eye(classes, dtype=np.float32)[positions]
    return table


ISIC2019 = Target()
"""The eight categories of ISIC 2019."""
