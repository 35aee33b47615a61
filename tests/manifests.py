"""A manifest over whatever files a test put into a directory."""

from datetime import UTC, datetime
from pathlib import Path

from lesion.decision import DecisionSpec
from lesion.image import ImageSpec
from lesion.manifest import ISIC2019_CLASSES, MANIFEST_FILE, Manifest, Training, Variant, sha256
from lesion.patient import MetadataSpec
from lesion.quality import QualitySpec


def seal(
    directory: Path,
    *,
    name: str,
    version: str,
    size: int,
    decision: DecisionSpec | None = None,
    quality: QualitySpec | None = None,
) -> Manifest:
    """Write the manifest of a model.onnx and its companions, as they are now."""
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
        ),
        training=Training(recipe="none", data="none", license="CC0-1.0", images=0, initial_weights="random"),
        intended_use="Tests.",
        metrics={"isic2019.balanced_accuracy": None},
        files={path.name: sha256(path) for path in sorted(directory.iterdir()) if path.name != MANIFEST_FILE},
    )
    manifest.write(directory)
    return manifest
