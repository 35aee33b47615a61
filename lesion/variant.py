"""The variants of a model: one function in several precisions, each an ONNX file of its own and proven by itself."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from lesion.decision import DecisionSpec

FILE_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$"
Precision = Literal["float32", "float16", "int8", "bfloat16"]
Device = Literal["cpu", "cuda"]
BOUND = 0.005
"""Most balanced accuracy that a variant may lose, where nobody says otherwise: half a point."""


class Proof(BaseModel):
    """A variant's answers beside those of the model that was evaluated: the same images, each read by its decision."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    parts: tuple[Literal["validation", "calibration", "test"], ...] = Field(min_length=1)
    images: int = Field(gt=0)
    lesions: int = Field(gt=0)
    balanced_accuracy: float = Field(description="As if all classes were equally frequent: the challenge's score.")
    difference: float = Field(description="Of balanced accuracy, the variant's less the model's.")
    interval: tuple[float, float] = Field(description="Of the difference: 95 %, paired, lesions drawn again.")
    bound: float = Field(
        ge=0, description="The loss of balanced accuracy that refuses a variant; 0.005 is half a point."
    )
    malignancy_auc: float
    malignancy_auc_difference: float
    malignancy_auc_interval: tuple[float, float] = Field(description="95 %, as the other.")
    calibration_error: float = Field(description="Expected calibration error of the most probable class.")
    same_first_answer: float = Field(ge=0, le=1, description="Share of images with the same most probable class.")
    same_outcome: float | None = Field(ge=0, le=1, description="Share of images with the same outcome.")

    def holds(self, bound: float | None = None) -> bool:
        """Whether a loss of more than the bound (its own, or a smaller one) is ruled out.

        The whole interval lies above it, and there are enough lesions to tell: where no answer changes, drawing them
        again tells nothing, and a share of lesions up to the Clopper-Pearson bound of none in so many may yet do.
        """
        least = self.bound if bound is None else min(self.bound, bound)
        unseen = 1 - 0.025 ** (1 / self.lesions)
        return self.interval[0] >= -least and unseen <= least

    @property
    def line(self) -> str:
        """For a person."""
        low, high = self.interval
        return (
            f"{' and '.join(self.parts)}, {self.images} images: balanced accuracy {self.balanced_accuracy:.4f}, "
            f"{self.difference:+.4f} ({low:+.4f} to {high:+.4f}); malignancy AUC {self.malignancy_auc:.4f}, "
            f"{self.malignancy_auc_difference:+.4f}; same first answer {self.same_first_answer:.2%}, same outcome "
            + ("unknown" if self.same_outcome is None else f"{self.same_outcome:.2%}")
        )


class Variant(BaseModel):
    """One ONNX file of the model in one precision, with the proof that it is the model that was evaluated."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    file: str = Field(pattern=FILE_PATTERN)
    precision: Precision
    devices: tuple[Device, ...] = Field(("cpu", "cuda"), min_length=1, description="Where it is meant to run.")
    opset: int
    ir: int | None = Field(None, description="Version of ONNX's intermediate representation. Absent before schema 3.")
    speed: float | None = Field(
        None,
        gt=0,
        description="Images a second over those of the first variant, one at a time on one thread, where "
        "it was made. The service measures again where it runs.",
    )
    proofs: tuple[Proof, ...] = Field((), description="Of every variant but the first, which is what was evaluated.")
    left_in_float32: tuple[str, ...] = Field(
        (), description="Convolutions of an int8 graph that were too fragile for 8 bits, besides its head."
    )
    outputs: tuple[str, ...] = Field(description="Graph outputs in order; the first is `logits`.")
    parity: float = Field(
        ge=0, allow_inf_nan=False, description="Largest absolute difference of logits, Keras against ONNX Runtime."
    )
    tolerance: float = Field(
        gt=0,
        allow_inf_nan=False,
        description="How far the golden logits may be off when they are replayed. In float32 these are Keras's, and "
        "parity above it refuses the export; in another precision they are the variant's own.",
    )
    decision: DecisionSpec


def golden_logits(variant: Variant) -> str:
    """The array in golden.npz that a variant must reproduce: Keras's `logits` in float32, else its own."""
    return "logits" if variant.precision == "float32" else f"logits_{variant.precision}"
