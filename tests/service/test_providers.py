"""Where a model runs. What is not installed here is told by the order of providers alone; OpenVINO runs where it is."""

import io
import json
from pathlib import Path

import onnxruntime as ort
import pytest
from pydantic import ValidationError

from lesion.variant import Precision
from service.app import CACHE_FOLDER, prove
from service.providers import NAMES, Placement, entries
from service.settings import Provider, Settings
from service.store import find
from tests.service.bundles import write_bundle

ALL = tuple(NAMES.values())
CPU_ONLY = ("CPUExecutionProvider",)


pytestmark = pytest.mark.usefixtures("lines")


def events(stream: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("placement", "installed", "order"),
    [
        (Placement(), ALL, ("cuda", "cpu")),
        (Placement(), CPU_ONLY, ("cpu",)),
        (Placement("cpu"), ALL, ("cpu",)),
        (Placement("cuda"), ALL, ("cuda", "cpu")),
        (Placement(provider="cpu"), ALL, ("cpu",)),
        (Placement(provider="tensorrt"), ALL, ("tensorrt", "cuda", "cpu")),
        (Placement("cpu", "openvino"), ALL, ("openvino", "cpu")),
    ],
)
def test_what_is_installed_is_tried_in_order(
    lines: io.StringIO, placement: Placement, installed: tuple[str, ...], order: tuple[str, ...]
) -> None:
    assert placement.order(installed) == order
    assert events(lines) == []


@pytest.mark.parametrize(
    ("provider", "installed", "instead"),
    [
        ("openvino", CPU_ONLY, "cpu"),
        ("cuda", CPU_ONLY, "cpu"),
        ("tensorrt", CPU_ONLY, "cpu"),
        ("tensorrt", (*CPU_ONLY, "CUDAExecutionProvider"), "cuda"),
    ],
)
def test_what_was_asked_for_and_is_not_installed_is_logged(
    lines: io.StringIO, provider: Provider, installed: tuple[str, ...], instead: str
) -> None:
    assert Placement(provider=provider).order(installed)[0] == instead
    (line,) = events(lines)
    assert (line["event"], line["level"]) == ("provider_unavailable", "warning")
    assert (line["provider"], line["instead"]) == (provider, instead)
    assert "is not installed" in line["reason"]


@pytest.mark.parametrize(("precision", "hint"), [("float32", "f32"), ("int8", "f32"), ("bfloat16", "bf16")])
def test_openvino_rounds_only_what_was_proven_rounded(precision: Precision, hint: str) -> None:
    (name, options), _ = entries(("openvino", "cpu"), precision, lanes=3, cache=None)
    assert name == "OpenVINOExecutionProvider"
    assert json.loads(options["load_config"])["CPU"] == {
        "INFERENCE_PRECISION_HINT": hint,
        "INFERENCE_NUM_THREADS": "3",
        "NUM_STREAMS": "3",
    }
    assert "cache_dir" not in options


def test_tensorrt_keeps_its_engines_where_it_may(tmp_path: Path) -> None:
    (_, without), *_ = entries(("tensorrt", "cuda", "cpu"), "float32", 1, None)
    (_, within), *_ = entries(("tensorrt", "cuda", "cpu"), "bfloat16", 1, tmp_path)
    assert without == {}
    assert within["trt_engine_cache_path"] == within["trt_timing_cache_path"] == str(tmp_path)
    assert within["trt_engine_cache_enable"] == within["trt_bf16_enable"] == "1"


def test_each_file_provider_and_precision_has_a_folder_of_its_own(tmp_path: Path) -> None:
    placement = Placement(cache=tmp_path)
    folders = {
        placement.folder(provider, precision, sha256)
        for provider in ("openvino", "tensorrt")
        for precision in ("float32", "bfloat16")
        for sha256 in ("a" * 64, "b" * 64)
    }
    assert len(folders) == 8
    assert all(folder is not None and folder.is_dir() and tmp_path in folder.parents for folder in folders)


def test_without_a_place_to_write_nothing_is_kept_and_that_is_logged(tmp_path: Path, lines: io.StringIO) -> None:
    (tmp_path / "file").touch()
    assert Placement(cache=tmp_path / "file" / "cache").folder("openvino", "float32", "a" * 64) is None
    assert Placement(cache=None).folder("openvino", "float32", "a" * 64) is None
    (line,) = events(lines)
    assert (line["event"], line["level"]) == ("cache_unavailable", "warning")
    assert "cannot be written" in line["reason"]


@pytest.mark.parametrize(("device", "provider"), [("cpu", "cuda"), ("cpu", "tensorrt"), ("cuda", "openvino")])
def test_a_provider_of_another_device_is_refused(device: str, provider: str) -> None:
    with pytest.raises(ValidationError, match=f"{provider} does not run on DERMSERVE_DEVICE={device}"):
        Settings.model_validate({"device": device, "provider": provider})


def test_a_service_without_the_provider_answers_all_the_same(models: Path, lines: io.StringIO) -> None:
    if NAMES["openvino"] in ort.get_available_providers():
        pytest.skip("OpenVINO is installed")
    bundle = prove(Settings(models=models, device="cpu", provider="openvino"))
    assert (bundle.runtime.provider, bundle.runtime.device) == ("cpu", "cpu")
    assert [line["event"] for line in events(lines)] == ["provider_unavailable"]
    assert not (models / "dermoscopy" / CACHE_FOLDER).exists()


@pytest.mark.skipif(NAMES["openvino"] not in ort.get_available_providers(), reason="OpenVINO is not installed")
def test_openvino_runs_the_model_and_keeps_what_it_compiled(tmp_path: Path, lines: io.StringIO) -> None:
    write_bundle(tmp_path)
    for _ in range(2):
        bundle = prove(Settings(models=tmp_path, device="cpu", provider="openvino"))
        assert (bundle.runtime.provider, bundle.runtime.device) == ("openvino", "cpu")
        assert bundle.deviation <= bundle.variant.tolerance
    assert events(lines) == []
    assert list((tmp_path / "dermoscopy" / CACHE_FOLDER).rglob("*.blob"))
    assert find(tmp_path, "dermoscopy").name == "1"
