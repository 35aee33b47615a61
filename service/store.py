"""The model store: finds a bundle, verifies it, makes it prove itself, and holds the model that answers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from re import fullmatch

import numpy as np
import numpy.typing as npt

from lesion.bundle_files import MANIFEST_FILE, read
from lesion.image import Pixels
from lesion.keys import PublicKeys
from lesion.manifest import VERSION_PATTERN, InvalidBundle, Manifest, digest_of
from lesion.patient import Metadata
from lesion.signature import Signer, verify_signature
from lesion.variant import Variant
from service.batcher import Batcher
from service.bundle_files import BundleFiles
from service.errors import ModelNotFound, NotReady
from service.replay import Replay
from service.runtime import Runtime
from service.settings import Precision
from service.variants import Objection, OpenRuntime, Selection, Trial, no_objection

CURRENT_FILE = "current"

Inputs = tuple[Pixels, Metadata]
Lanes = Batcher[Inputs, npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Bundle:
    """A verified bundle whose `variant` is opened and gave the answers it promises.

    `deviation`: how far its golden logits were off. `trials`: what came of every variant that was looked at.
    """

    manifest: Manifest
    digest: str
    variant: Variant
    runtime: Runtime
    deviation: float
    trials: tuple[Trial, ...]
    signer: Signer | None = None
    """Whose signature was verified; None where none is required."""

    @property
    def speed(self) -> float | None:
        """Of the variant that answers, in images a second over those of the first; None where it was not measured."""
        return next(trial for trial in self.trials if trial.variant.file == self.variant.file).speed(self.trials[0])


@dataclass(frozen=True)
class Model:
    """A bundle and the lanes that run it. Who holds a reference can finish with it, whatever the store does next."""

    bundle: Bundle
    lanes: Lanes


class Store:
    """Holds the live model. `start` gives a proved bundle its lanes."""

    def __init__(self, prove: Callable[[], Bundle], start: Callable[[Bundle], Lanes]) -> None:
        self._prove = prove
        self._start = start
        self._live: Model | None = None

    def load(self) -> Bundle:
        """Prove the bundle and let it answer. Blocks for its hashes, its session, its proof and its warm-up."""
        bundle = self._prove()
        self._live = Model(bundle, self._start(bundle))
        return bundle

    def get(self) -> Model:
        """The live model. Raises `NotReady` before the first load has ended."""
        if self._live is None:
            raise NotReady("The model is being loaded and checked.")
        return self._live

    def live(self) -> tuple[Model, ...]:
        """Every model that answers."""
        return () if self._live is None else (self._live,)

    def close(self) -> None:
        """Answer what is queued, then end the lanes."""
        for model in self.live():
            model.lanes.close()


def find(models: Path, name: str) -> Path:
    """Directory of the version that `<models>/<name>/current` names.

    Raises `ModelNotFound` when there is no such model, `InvalidBundle` when it names no version.
    """
    home = models / name
    if not home.is_dir():
        present = sorted(path.name for path in models.iterdir() if path.is_dir()) if models.is_dir() else []
        raise ModelNotFound(f"There is no model {name!r} in {models}. Expected one of {present}.")
    pointer = home / CURRENT_FILE
    try:
        version = pointer.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidBundle(f"{pointer} cannot be read. Expected the live version on one line.") from error
    if not fullmatch(VERSION_PATTERN, version):
        raise InvalidBundle(f"{pointer} names no version. Expected a whole number from 1. Received {version[:40]!r}.")
    return home / version


def prove(
    directory: Path,
    open_runtime: OpenRuntime,
    keys: PublicKeys | None = None,
    *,
    precision: Precision = "auto",
    objection: Objection = no_objection,
) -> Bundle:
    """Verify a bundle's signature, where keys are given, and its hashes; open a variant, and replay its golden inputs.

    `precision` says which variant; `auto` takes the fastest here of those to which there is no `objection`.
    Raises `InvalidBundle` when none of the keys signed it, or anything of it is not as the manifest says.
    """
    # Read once: what was verified is what is used. What nobody vouches for is not even parsed.
    content = read(directory / MANIFEST_FILE)
    signer = None if keys is None else verify_signature(directory, keys, content)
    manifest = Manifest.parse(directory / MANIFEST_FILE, content)
    manifest.expect_at(directory)
    manifest.verify(directory)
    files = BundleFiles(directory, manifest)
    choice = Selection(files, Replay.of(files), open_runtime, objection).choose(precision)
    variant, runtime, deviation = choice.opened.variant, choice.opened.runtime, choice.opened.deviation
    return Bundle(manifest, digest_of(content), variant, runtime, deviation, choice.trials, signer)
