"""Proof that the ONNX graph is the Keras model: the same inputs through both, compared number by number."""

from dataclasses import dataclass
from pathlib import Path

import keras
import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from export.errors import ConversionFailed
from lesion.diagnosis import CODES
from lesion.image import ImageSpec, Pixels, prepare
from lesion.patient import MetadataSpec, encode
from training.drawing import draw, patient
from training.models.evidence import CONTRIBUTIONS, EVIDENCE

BATCHES = (1, 2, 3, 8)
"""Batch sizes compared; results differ by about 1e-6 between them, so the bound is never zero."""
SUM_TOLERANCE = 1e-3
"""How far bias + mean(evidence) [+ Σ contributions] may be from the logits."""


@dataclass(frozen=True)
class Inputs:
    """image uint8 (N, S, S, 3), metadata float32 (N, K)."""

    image: Pixels
    metadata: npt.NDArray[np.float32]

    def __getitem__(self, rows: slice) -> "Inputs":
        return Inputs(self.image[rows], self.metadata[rows])

    def feed(self) -> dict[str, npt.NDArray[np.uint8] | npt.NDArray[np.float32]]:
        """By input name."""
        return {"image": self.image, "metadata": self.metadata}


def golden_inputs(image: ImageSpec, metadata: MetadataSpec) -> Inputs:
    """One drawn lesion and patient of each category: no real person's picture travels with a bundle."""
    rng = np.random.default_rng(0)
    pictures = [prepare(draw(code, (4 * image.size // 3, image.size), rng), image) for code in CODES]
    return Inputs(np.stack(pictures), np.stack([encode(patient(code, rng), metadata) for code in CODES]))


def trial_inputs(image: ImageSpec, metadata: MetadataSpec) -> dict[str, Inputs]:
    """Golden, random, blank and saturated inputs, eight rows each."""
    golden = golden_inputs(image, metadata)
    rng = np.random.default_rng(1)
    shape = golden.image.shape
    unknown = [float(name.endswith("unknown")) for name in metadata.columns]
    nothing = np.tile(np.array(unknown, np.float32), (len(golden.image), 1))
    return {
        "golden": golden,
        "random": Inputs(rng.integers(0, 256, shape, np.uint8), rng.random(golden.metadata.shape, np.float32)),
        "blank": Inputs(np.zeros(shape, np.uint8), nothing),
        "saturated": Inputs(np.full(shape, 255, np.uint8), np.ones_like(nothing)),
    }


def largest_difference(model: keras.Model, onnx_file: Path, image: ImageSpec, metadata: MetadataSpec) -> float:
    """Largest absolute difference of any output over all trial inputs and batch sizes.

    Also checks that the explanation adds up: logits − mean(evidence) [− Σ contributions] is one bias for every row.
    Raises `ConversionFailed` when shapes differ, a number is not finite, or the explanation does not add up.
    """
    session = ort.InferenceSession(onnx_file, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    worst = 0.0
    biases = []
    for kind, rows in trial_inputs(image, metadata).items():
        for batch in BATCHES:
            part = rows[:batch]
            received = dict(zip(names, session.run(names, part.feed()), strict=True))
            expected = {name: np.asarray(value) for name, value in model(part.feed(), training=False).items()}
            for name in names:
                worst = max(worst, _difference(expected[name], received[name], f"{name} of {kind} inputs"))
            if EVIDENCE in received:
                biases.append(received["logits"] - _explained(received))
    if biases and (spread := float(np.ptp(np.concatenate(biases), axis=0).max())) > SUM_TOLERANCE:
        raise ConversionFailed(f"The explanation does not add up to the logits: off by {spread:.2g}.")
    return worst


def _explained(outputs: dict[str, npt.NDArray[np.float32]]) -> npt.NDArray[np.float32]:
    """Mean of the evidence (N, h, w, C), and sum of the contributions (N, K, C) of a model that has them: (N, C)."""
    total: npt.NDArray[np.float32] = outputs[EVIDENCE].mean(axis=(1, 2))
    return total + outputs[CONTRIBUTIONS].sum(axis=1) if CONTRIBUTIONS in outputs else total


def _difference(expected: npt.NDArray[np.float32], received: npt.NDArray[np.float32], what: str) -> float:
    if expected.shape != received.shape:
        raise ConversionFailed(f"{what}: expected shape {expected.shape}. Received {received.shape}.")
    if not (np.isfinite(expected).all() and np.isfinite(received).all()):
        raise ConversionFailed(f"{what}: expected finite numbers. Received others from Keras or from ONNX Runtime.")
    return float(np.abs(received - expected).max())
