from pathlib import Path

import numpy as np
import pytest

from lesion.manifest import InvalidBundle, Manifest
from service.bundle_files import BundleFiles
from service.providers import Placement
from service.runtime import DeviceUnavailable, Runtime
from service.store import find
from tests import manifests
from tests.service.bundles import SIZE, write_bundle


def opened(directory: Path, placement: Placement) -> Runtime:
    manifest = Manifest.read(directory)
    return Runtime(BundleFiles(directory, manifest), manifest.variants[0], placement)


def test_a_row_does_not_depend_on_its_batch(models: Path) -> None:
    directory = find(models, "dermoscopy")
    manifest = Manifest.read(directory)
    runtime = opened(directory, Placement("cpu"))
    generator = np.random.default_rng(3)
    size, width = manifest.image.size, manifest.metadata.width
    inputs = [
        (generator.integers(0, 256, (size, size, 3), np.uint8), generator.random(width).astype(np.float32))
        for _ in range(5)
    ]
    together = runtime.run(inputs)
    alone = np.concatenate([runtime.run([one]) for one in inputs])
    assert together.shape == (5, 8)
    np.testing.assert_allclose(together, alone, atol=1e-4)
    assert len({tuple(row.round(2)) for row in together}) == 5


def test_a_gpu_that_was_asked_for_must_be_there(models: Path) -> None:
    try:
        runtime = opened(find(models, "dermoscopy"), Placement("cuda"))
    except DeviceUnavailable as error:
        assert "CUDAExecutionProvider" in str(error)  # noqa: PT017 (which of the two happens is the machine's choice)
    else:
        assert runtime.device == "cuda"


def test_auto_takes_what_there_is(models: Path) -> None:
    assert opened(find(models, "dermoscopy"), Placement()).device in {"cpu", "cuda"}


def test_what_runs_is_what_was_hashed(tmp_path: Path) -> None:
    """The file is changed after the bundle was verified, and before its session is opened."""
    directory = write_bundle(tmp_path / "one")
    other = write_bundle(tmp_path / "two", seed=1)
    manifest = Manifest.read(directory)
    manifest.verify(directory)
    (directory / "model.onnx").write_bytes((other / "model.onnx").read_bytes())
    with pytest.raises(InvalidBundle, match="was changed"):
        opened(directory, Placement("cpu"))


def test_a_model_must_give_the_outputs_that_are_listed(tmp_path: Path) -> None:
    directory = write_bundle(tmp_path)
    manifest = manifests.seal(directory, name="dermoscopy", version="1", size=SIZE)
    listed = manifest.variants[0].model_copy(update={"outputs": ("logits", "evidence")})
    with pytest.raises(InvalidBundle, match=r"Expected \('logits', 'evidence'\)\. Received \('logits',\)"):
        Runtime(BundleFiles(directory, manifest), listed, Placement("cpu"))
