from pathlib import Path

import numpy as np

from lesion.manifest import Manifest
from service.runtime import DeviceUnavailable, Runtime
from service.store import find


def test_a_row_does_not_depend_on_its_batch(models: Path) -> None:
    directory = find(models, "dermoscopy")
    manifest = Manifest.read(directory)
    runtime = Runtime(directory / "model.onnx", manifest, "cpu")
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
    directory = find(models, "dermoscopy")
    manifest = Manifest.read(directory)
    try:
        runtime = Runtime(directory / "model.onnx", manifest, "cuda")
    except DeviceUnavailable as error:
        assert "CUDAExecutionProvider" in str(error)  # noqa: PT017 (which of the two happens is the machine's choice)
    else:
        assert runtime.device == "cuda"


def test_auto_takes_what_there_is(models: Path) -> None:
    directory = find(models, "dermoscopy")
    assert Runtime(directory / "model.onnx", Manifest.read(directory), "auto").device in {"cpu", "cuda"}
