"""What one variant says of labeled pictures, in the two parts that a decision is fitted to."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from zipfile import BadZipFile

import numpy as np

from training.errors import InvalidData
from training.predictions import Predictions


@dataclass(frozen=True)
class Labeled:
    """`validation` for probabilities, `calibration` for thresholds."""

    validation: Predictions
    calibration: Predictions

    @classmethod
    def read(cls, validation: Path, calibration: Path) -> Self:
        """Read two files as `training.predictions` writes them. Raises `InvalidData` on others, `OSError` on none."""
        return cls(_read(validation), _read(calibration))

    def parts(self) -> tuple[tuple[str, Predictions], ...]:
        """By name."""
        return ("validation", self.validation), ("calibration", self.calibration)

    def expect_of(self, codes: Sequence[str], precision: str) -> None:
        """Raises `InvalidData` unless each image has a finite logit for each category, in this order."""
        for name, given in self.parts():
            what = f"The {precision} predictions of {name}"
            if given.categories.tolist() != list(codes):
                raise InvalidData(
                    f"{what} are of other categories. Expected {list(codes)}. Received {given.categories.tolist()}."
                )
            if given.logits.shape[1:] != (len(codes),) or not len(given.label):
                raise InvalidData(
                    f"{what} have another shape. Expected (N, {len(codes)}), N from 1. Received {given.logits.shape}."
                )
            if not np.isfinite(given.logits).all():
                raise InvalidData(f"{what} hold logits that are not finite.")
            if len(np.unique(given.image_id)) < len(given.image_id):
                raise InvalidData(f"{what} name an image more than once.")

    def expect_same_pictures(self, first: "Labeled", precision: str) -> None:
        """Raises `InvalidData` unless these are of the pictures of another variant's, in the same order."""
        for (name, given), (_, expected) in zip(self.parts(), first.parts(), strict=True):
            columns = ("image_id", "lesion_id", "label")
            if not all(np.array_equal(getattr(given, column), getattr(expected, column)) for column in columns):
                raise InvalidData(
                    f"Each variant must be asked about the same pictures, in one order. The {precision} predictions of "
                    f"{name} are of others."
                )

    def expect_disjoint(self) -> None:
        """Raises `InvalidData` when a lesion or an image lies in both parts."""
        for kind in ("lesion", "image"):
            one, other = (np.unique(getattr(given, f"{kind}_id")) for _, given in self.parts())
            shared = np.intersect1d(one, other).tolist()
            if shared:
                raise InvalidData(
                    f"Thresholds would promise more than they keep: {len(shared)} of {len(other)} {kind}s of "
                    f"calibration are also in validation, such as {shared[:3]}. Expected none."
                )


def _read(path: Path) -> Predictions:
    try:
        return Predictions.read(path)
    except (ValueError, KeyError, TypeError, EOFError, BadZipFile) as error:
        raise InvalidData(
            f"{path} does not hold predictions as `python -m training` writes them: {error} Expected arrays "
            f"{list(Predictions.__dataclass_fields__)}."
        ) from error
