"""The rows that MedMNIST v2 publishes for DermaMNIST (Yang et al., Sci Data 10:41, 2023), and how sure we are of each.

We have not seen the paper's table itself. A figure that other public repositories give too is marked so; the rest are
quoted from memory and marked unverified.
"""

from dataclasses import dataclass

UNVERIFIED, PARTLY, CORROBORATED = "unverified", "partly corroborated", "corroborated"


@dataclass(frozen=True)
class Published:
    """AUC and ACC of a method on the official test part."""

    method: str
    auc: float
    accuracy: float
    status: str


ROWS = (
    Published("ResNet-18 (28)", 0.917, 0.735, PARTLY),
    Published("ResNet-18 (224)", 0.920, 0.754, UNVERIFIED),
    Published("ResNet-50 (28)", 0.913, 0.735, UNVERIFIED),
    Published("ResNet-50 (224)", 0.912, 0.731, CORROBORATED),
    Published("auto-sklearn", 0.902, 0.719, UNVERIFIED),
    Published("AutoKeras", 0.915, 0.749, UNVERIFIED),
    Published("Google AutoML Vision", 0.914, 0.768, f"ACC {CORROBORATED}"),
)
