"""A bundle on this machine, to be asked: whole, and made for the inputs and classes of a run."""

from dataclasses import dataclass
from pathlib import Path
from typing import Self

from lesion.manifest import InvalidBundle, Manifest, digest
from lesion.variant import Variant
from training.config import Config
from training.errors import InvalidData
from training.target import Target


@dataclass(frozen=True)
class Bundle:
    """A verified bundle, and the variant of it that is meant."""

    directory: Path
    manifest: Manifest
    digest: str
    variant: Variant

    @classmethod
    def open(cls, directory: Path, file: str | None = None) -> Self:
        """Read and verify; `file` names the variant, by default the first, which the service runs.

        Raises `InvalidData` when the bundle is not as its manifest says, or has no such variant.
        """
        try:
            manifest = Manifest.read(directory)
            manifest.verify(directory)
            identity = digest(directory)
        except InvalidBundle as error:
            raise InvalidData(str(error)) from error
        variants = {variant.file: variant for variant in manifest.variants}
        chosen = file or manifest.variants[0].file
        if chosen not in variants:
            raise InvalidData(f"{directory} has no variant {chosen}. Expected one of {sorted(variants)}.")
        return cls(directory, manifest, identity, variants[chosen])

    @property
    def path(self) -> Path:
        """The variant's file."""
        return self.directory / self.variant.file

    @property
    def codes(self) -> tuple[str, ...]:
        """Codes of the classes, in order."""
        return tuple(item.code for item in self.manifest.classes)

    def expect_made_for(self, config: Config) -> None:
        """Raises `InvalidData` unless the bundle takes the images and metadata that a run's data are prepared as, and
        tells the run's classes.
        """
        target = Target.of(config)
        differing = [
            f"{what}: expected {expected}, received {received}"
            for what, expected, received in (
                ("image", config.image, self.manifest.image),
                ("metadata", config.metadata, self.manifest.metadata),
                ("classes", target.classes, self.codes),
                ("malignant classes", target.malignant_classes, self.manifest.malignant),
            )
            if expected != received
        ]
        if differing:
            raise InvalidData(f"{self.directory} is not made for the data of this run. {'; '.join(differing)}.")
