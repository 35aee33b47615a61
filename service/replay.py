"""The golden inputs of a bundle, run through its variants here: each must give the logits that it promises."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from lesion.golden import GOLDEN_FILE, Golden
from lesion.manifest import InvalidBundle
from lesion.variant import Variant
from service.bundle_files import BundleFiles
from service.runtime import Logits, Runtime


@dataclass(frozen=True)
class Replay:
    """golden.npz at `path`, read."""

    path: Path
    golden: Golden

    @classmethod
    def of(cls, files: BundleFiles) -> Self:
        """Of a bundle. Raises `InvalidBundle` when golden.npz holds anything but what the manifest asks for."""
        path = files.path(GOLDEN_FILE)
        return cls(path, Golden.parse(path, files.read(GOLDEN_FILE), files.manifest))

    def deviation(self, variant: Variant, runtime: Runtime) -> float:
        """How far a variant's logits are from those it promises, at most.

        Raises `InvalidBundle` when it is further than its tolerance, or cannot be run.
        """
        expected = self.golden.of(variant)
        try:
            # One by one, as a lone request runs: the batch size must not matter, and memory stays small.
            received = np.stack([self.run(runtime, k) for k in range(len(self.golden))])
        except Exception as error:  # ONNX Runtime raises a dozen types without a common base
            raise InvalidBundle(f"{self.path}: {variant.file} cannot be run: {error}") from error
        if received.shape != (len(expected), 1, expected.shape[1]):
            raise InvalidBundle(
                f"{self.path}: {variant.file} answers with another shape than it says. "
                f"Expected {(1, expected.shape[1])}. Received {received.shape[1:]}."
            )
        deviation = float(np.abs(received[:, 0].astype(np.float64) - expected).max())
        if not deviation <= variant.tolerance:  # "not ≤" also refuses NaN
            raise InvalidBundle(
                f"{self.path} is not reproduced by {variant.file} ({variant.precision}). "
                f"Expected logits within {variant.tolerance}. Received a deviation of {deviation}."
            )
        return deviation

    def run(self, runtime: Runtime, k: int) -> Logits:
        """Logits (1, C) of one of the inputs, counted round and round."""
        place = k % len(self.golden)
        return runtime.run_batch(self.golden.image[place : place + 1], self.golden.metadata[place : place + 1])
