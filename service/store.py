"""The model store: finds a bundle, verifies it, makes it prove itself, and holds the model that answers."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from re import fullmatch

import numpy as np
import numpy.typing as npt

from lesion.image import Pixels
from lesion.manifest import VERSION_PATTERN, InvalidBundle, Manifest, Variant, digest
from lesion.patient import Metadata
from service.batcher import Batcher
from service.errors import ModelNotFound, NotReady
from service.runtime import Runtime

CURRENT_FILE = "current"
GOLDEN_FILE = "golden.npz"

Inputs = tuple[Pixels, Metadata]
Lanes = Batcher[Inputs, npt.NDArray[np.float32]]


@dataclass(frozen=True)
class Bundle:
    """A verified bundle, opened, that gave the answers it promises. `deviation`: how far its golden logits were off."""

    manifest: Manifest
    digest: str
    variant: Variant
    runtime: Runtime
    deviation: float


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


def prove(directory: Path, open_runtime: Callable[[Path, Manifest], Runtime]) -> Bundle:
    """Verify a bundle's hashes, open its model, and replay its golden inputs.

    Raises `InvalidBundle` when anything of it is not as the manifest says.
    """
    manifest = Manifest.read(directory)
    # Not resolved: a mounted volume may link a version to wherever its files lie.
    name, version = directory.absolute().parts[-2:]
    if (manifest.name, manifest.version) != (name, version):
        raise InvalidBundle(
            f"{directory} holds another bundle. Expected {name} version {version}. "
            f"Received {manifest.name} version {manifest.version}."
        )
    manifest.verify(directory)
    variant = manifest.variants[0]
    runtime = open_runtime(directory / variant.file, manifest)
    deviation = _replay(directory / GOLDEN_FILE, manifest, variant, runtime)
    return Bundle(manifest, digest(directory), variant, runtime, deviation)


def _replay(path: Path, manifest: Manifest, variant: Variant, runtime: Runtime) -> float:
    image, metadata, expected = _golden(path, manifest)
    # One by one, as a lone request runs: the batch size of the replay must not matter, and memory stays small.
    received = np.concatenate(
        [runtime.run_batch(image[k : k + 1], metadata[k : k + 1]) for k in range(len(image))], dtype=np.float64
    )
    deviation = float(np.abs(received - expected).max())
    if not deviation <= variant.tolerance:  # "not ≤" also refuses NaN
        raise InvalidBundle(
            f"{path} is not reproduced. Expected logits within {variant.tolerance}. "
            f"Received a deviation of {deviation}."
        )
    return deviation


def _golden(path: Path, manifest: Manifest) -> tuple[npt.NDArray[np.uint8], Metadata, Metadata]:
    """Arrays image uint8 (G, S, S, 3), metadata float32 (G, K), logits float32 (G, C), with G ≥ 1."""
    try:
        with np.load(path, allow_pickle=False) as golden:
            arrays = {name: golden[name] for name in golden.files}
    except Exception as error:  # numpy and zipfile raise many types on a damaged archive
        raise InvalidBundle(f"{path} cannot be read: {type(error).__name__}.") from error
    count = len(next(iter(arrays.values()), ()))
    size, width, classes = manifest.image.size, manifest.metadata.width, len(manifest.classes)
    expected = {
        "image": (np.dtype(np.uint8), (count, size, size, 3)),
        "metadata": (np.dtype(np.float32), (count, width)),
        "logits": (np.dtype(np.float32), (count, classes)),
    }
    received = {name: (array.dtype, array.shape) for name, array in arrays.items()}
    if received != expected or count == 0:
        raise InvalidBundle(f"{path} does not fit its manifest. Expected {expected}. Received {received}.")
    return arrays["image"], arrays["metadata"], arrays["logits"]
