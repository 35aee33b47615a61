"""The golden inputs run again: each variant answers as it did where it was made, and its explanation adds up."""

from typing import Any

import numpy as np
import numpy.typing as npt

from export.checks.session import Outputs, run
from lesion.golden import Golden
from lesion.manifest import InvalidBundle
from lesion.variant import Variant

SUM_TOLERANCE = 1e-3
"""How far bias + mean(evidence) [+ Σ contributions] may be from the logits, as for the export, in float32."""


MOST_TOLERANCE = {"float32": 0.01}
"""In logits. 0.01 moves a probability by 0.0025 at most, at temperature 1; without a bound, any answer would do."""
MOST_TOLERANCE_ELSE = 0.5
"""In precisions whose rounding differs between processors."""


def check_recorded(golden: Golden, variant: Variant) -> str:
    """The recorded logits are finite, and no farther from Keras's than the manifest says, which says it strictly.

    Raises `InvalidBundle`.
    """
    most = MOST_TOLERANCE.get(variant.precision, MOST_TOLERANCE_ELSE)
    if variant.tolerance > most:
        raise InvalidBundle(f"The tolerance proves nothing. Expected at most {most}. Received {variant.tolerance:.2g}.")
    recorded, keras = golden.of(variant), golden.logits["logits"]
    if not (np.isfinite(recorded).all() and np.isfinite(keras).all() and np.isfinite(golden.metadata).all()):
        raise InvalidBundle("golden.npz holds NaN or infinity. Expected finite numbers.")
    if variant.precision == "float32" and variant.parity > variant.tolerance:
        raise InvalidBundle(f"The parity must be within {variant.tolerance:.2g}. Received {variant.parity:.2g}.")
    distance = float(np.abs(recorded.astype(np.float64) - keras).max())
    # They were recorded in one batch and parity was measured in others, which differ by no more than the tolerance.
    if not distance <= variant.parity + variant.tolerance:
        raise InvalidBundle(
            f"The golden logits are farther from Keras's than the manifest says. Expected a parity of "
            f"{variant.parity:.2g}. Received {distance:.2g}."
        )
    return f"parity {variant.parity:.2g}"


def check_replay(session: Any, golden: Golden, variant: Variant) -> str:
    """The golden logits come again, one by one and all at once. Raises `InvalidBundle`."""
    expected = golden.of(variant)
    together = run(session, golden.image, golden.metadata)
    _check_finite(together)
    alone = [run(session, golden.image[k : k + 1], golden.metadata[k : k + 1]) for k in range(len(golden))]
    received = {
        f"a batch of {len(golden)}": together["logits"],
        "batches of 1": np.concatenate([each["logits"] for each in alone]),
    }
    deviations = [_deviation(expected, logits, variant, how) for how, logits in received.items()]
    return f"within {max(deviations):.2g} of the recorded logits"


def check_explanation(session: Any, golden: Golden, variant: Variant) -> str:
    """logits − mean(evidence) [− Σ contributions] is one bias for every row. Raises `InvalidBundle`."""
    outputs = run(session, golden.image, golden.metadata)
    explained: npt.NDArray[np.float32] = outputs["evidence"].mean(axis=(1, 2))
    if "contributions" in outputs:
        explained = explained + outputs["contributions"].sum(axis=1)
    spread = float(np.ptp(outputs["logits"] - explained, axis=0).max())
    largest = SUM_TOLERANCE if variant.precision == "float32" else max(SUM_TOLERANCE, variant.tolerance)
    if not spread <= largest:
        raise InvalidBundle(
            f"The explanation does not add up to the logits. Expected {largest:.2g}. Received {spread:.2g}."
        )
    return f"adds up within {spread:.2g}"


def _check_finite(outputs: Outputs) -> None:
    for name, values in outputs.items():
        if not np.isfinite(values).all():
            raise InvalidBundle(f"The output {name!r} holds NaN or infinity. Expected finite numbers.")


def _deviation(
    expected: npt.NDArray[np.float32], received: npt.NDArray[np.float32], variant: Variant, how: str
) -> float:
    if received.shape != expected.shape:
        raise InvalidBundle(f"In {how}, expected logits of shape {expected.shape}. Received {received.shape}.")
    deviation = float(np.abs(received.astype(np.float64) - expected).max())
    if not deviation <= variant.tolerance:  # "not ≤" also refuses NaN
        raise InvalidBundle(
            f"golden.npz is not reproduced in {how}. Expected logits within {variant.tolerance:.2g}. Received a "
            f"deviation of {deviation:.2g}."
        )
    return deviation
