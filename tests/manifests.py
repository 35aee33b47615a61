"""A manifest over whatever files a test put into a directory."""

from datetime import UTC, datetime
from pathlib import Path

from lesion.decision import DecisionSpec
from lesion.image import ImageSpec
from lesion.manifest import ISIC2019_CLASSES, MANIFEST_FILE, Manifest, Training, sha256
from lesion.patient import MetadataSpec
from lesion.quality import QualitySpec
from lesion.variant import Proof, Variant

PROOF = Proof(
    parts=("test",),
    images=1000,
    lesions=800,
    balanced_accuracy=0.7,
    difference=-0.001,
    interval=(-0.004, 0.002),
    bound=0.005,
    malignancy_auc=0.9,
    malignancy_auc_difference=0.0,
    malignancy_auc_interval=(-0.001, 0.001),
    calibration_error=0.03,
    same_first_answer=0.99,
    same_outcome=0.99,
)
"""That a variant answers as the model does."""


def seal(
    directory: Path,
    *,
    name: str,
    version: str,
    size: int,
    decision: DecisionSpec | None = None,
    quality: QualitySpec | None = None,
    variants: tuple[Variant, ...] = (),
) -> Manifest:
    """Write the manifest of a model.onnx and its companions, as they are now. `variants` are those beside float32."""
    manifest = Manifest(
        name=name,
        version=version,
        created=datetime(2026, 1, 1, tzinfo=UTC),
        git_revision="0" * 40,
        classes=ISIC2019_CLASSES,
        image=ImageSpec(size=size),
        metadata=MetadataSpec(),
        quality=quality,
        variants=(
            Variant(
                file="model.onnx",
                precision="float32",
                opset=18,
                outputs=("logits",),
                parity=0.0,
                tolerance=1e-4,
                decision=decision or DecisionSpec(temperature=1.5),
            ),
            *variants,
        ),
        training=Training(recipe="none", data="none", license="CC0-1.0", images=0, initial_weights="random"),
        intended_use="Tests.",
        metrics={"isic2019.balanced_accuracy": None},
        files={path.name: sha256(path) for path in sorted(directory.iterdir()) if path.name != MANIFEST_FILE},
    )
    manifest.write(directory)
    return manifest
