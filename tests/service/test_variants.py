"""Which variant answers. Real bundles, whose float32 is made slow where the other has to win."""

import gc
import io
import json
import weakref
from pathlib import Path
from typing import Literal

import httpx
import numpy as np
import pytest

from lesion import image
from lesion.decision import DecisionSpec, OperatingPoint
from lesion.image import Pixels
from lesion.manifest import InvalidBundle, Manifest
from lesion.patient import Metadata, Patient, encode
from lesion.variant import Variant
from service.app import create_app, prove
from service.bundle_files import BundleFiles
from service.providers import Placement
from service.runtime import Runtime
from service.settings import Settings
from service.store import Bundle
from service.store import prove as prove_directory
from tests.manifests import PROOF
from tests.service.bundles import seal, variant_of, write_bundle
from tests.service.pictures import picture

SLOW = 60
"""Products of matrices that float32 computes on top: some milliseconds, beside hundredths of one."""


pytestmark = pytest.mark.usefixtures("lines")


def written(stream: io.StringIO) -> list[dict[str, str]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def warnings(stream: io.StringIO) -> list[dict[str, str]]:
    return [line for line in written(stream) if line["level"] == "warning"]


def proved(models: Path, precision: str = "auto") -> Bundle:
    return prove(Settings.model_validate({"models": models, "device": "cpu", "lanes": 1, "precision": precision}))


def spoil(directory: Path, array: str, *variants: Variant) -> None:
    """Other logits than the model gives: what a machine that computes otherwise would see."""
    with np.load(directory / "golden.npz") as golden:
        arrays = dict(golden)
    arrays[array] = arrays[array] + np.float32(0.3)
    np.savez(directory / "golden.npz", **arrays)
    seal(directory, variants=variants)


def test_the_fastest_of_the_proven_answers(tmp_path: Path, lines: io.StringIO) -> None:
    write_bundle(tmp_path, variants=(variant_of("int8"),), work=SLOW)
    bundle = proved(tmp_path)
    assert bundle.variant.precision == "int8"
    assert bundle.speed is not None
    assert bundle.speed > 1
    assert [trial.seconds is not None for trial in bundle.trials] == [True, True]
    assert all(trial.deviation is not None and trial.deviation <= 1e-4 for trial in bundle.trials)
    assert warnings(lines) == []


def test_float32_answers_unless_another_is_clearly_faster(tmp_path: Path) -> None:
    directory = write_bundle(tmp_path, variants=(variant_of("int8"),))
    heavy = write_bundle(tmp_path / "heavy", work=SLOW)
    (directory / "model.int8.onnx").write_bytes((heavy / "model.onnx").read_bytes())
    with np.load(directory / "golden.npz") as golden:
        arrays = dict(golden)
    np.savez(directory / "golden.npz", **arrays | {"logits_int8": arrays["logits"]})
    seal(directory, variants=(variant_of("int8"),))
    bundle = proved(tmp_path)
    assert bundle.variant.precision == "float32"
    assert bundle.speed == 1
    assert len(bundle.trials) == 2


def test_the_session_that_is_not_chosen_is_let_go(tmp_path: Path) -> None:
    directory = write_bundle(tmp_path, variants=(variant_of("int8"),), work=SLOW)
    opened: dict[str, weakref.ref[Runtime]] = {}

    def open_runtime(files: BundleFiles, variant: Variant) -> Runtime:
        runtime = Runtime(files, variant, Placement("cpu"))
        opened[variant.precision] = weakref.ref(runtime)
        return runtime

    bundle = prove_directory(directory, open_runtime)
    gc.collect()
    assert opened["float32"]() is None
    assert opened["int8"]() is bundle.runtime


def test_one_that_computes_otherwise_here_is_passed_over(tmp_path: Path, lines: io.StringIO) -> None:
    directory = write_bundle(tmp_path, variants=(variant_of("int8"),), work=SLOW)
    spoil(directory, "logits_int8", variant_of("int8"))
    assert proved(tmp_path).variant.precision == "float32"
    (warning,) = warnings(lines)
    assert (warning["event"], warning["precision"]) == ("variant_passed_over", "int8")
    assert "Expected logits within 0.0001. Received a deviation of 0.3" in warning["reason"]


def test_asked_for_it_refuses(tmp_path: Path) -> None:
    directory = write_bundle(tmp_path, variants=(variant_of("int8"),))
    assert proved(tmp_path, "int8").variant.precision == "int8"
    spoil(directory, "logits_int8", variant_of("int8"))
    with pytest.raises(InvalidBundle, match=r"not reproduced by model\.int8\.onnx \(int8\)"):
        proved(tmp_path, "int8")
    assert proved(tmp_path, "float32").variant.precision == "float32"


def test_a_first_variant_that_is_not_reproduced_refuses_the_bundle(tmp_path: Path) -> None:
    directory = write_bundle(tmp_path, variants=(variant_of("int8"),), work=SLOW)
    spoil(directory, "logits", variant_of("int8"))
    with pytest.raises(InvalidBundle, match=r"not reproduced by model\.onnx"):
        proved(tmp_path)


def test_a_precision_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    write_bundle(tmp_path, variants=(variant_of("int8"),))
    with pytest.raises(InvalidBundle, match=r"no variant in float16. Expected one of \['float32', 'int8'\]"):
        proved(tmp_path, "float16")


OFFERED = DecisionSpec(
    temperature=1.0,
    operating_points=(OperatingPoint(sensitivity=0.9, threshold=0.2, lower_bound=0.85, lesions=100),),
)
OBSTACLES = {
    "no proof": (variant_of("int8", proofs=()), "has no proof", 1),
    "a proof that does not hold": (
        variant_of("int8", proofs=(PROOF.model_copy(update={"interval": (-0.006, 0.002)}),)),
        "may lose more than its bound",
        1,
    ),
    "another device": (variant_of("int8", devices=("cuda",)), "is not meant for this device", 0),
    "other operating points": (variant_of("int8", decision=OFFERED), "No operating point", 1),
}


@pytest.mark.parametrize("name", OBSTACLES)
def test_what_may_not_answer_is_passed_over_and_refused_by_name(tmp_path: Path, lines: io.StringIO, name: str) -> None:
    variant, reason, warned = OBSTACLES[name]
    write_bundle(tmp_path, variants=(variant,), work=SLOW)
    bundle = proved(tmp_path)
    assert bundle.variant.precision == "float32"
    assert bundle.speed is None
    assert reason in (bundle.trials[1].obstacle or "")
    assert [reason in line["reason"] for line in warnings(lines)] == [True] * warned
    with pytest.raises(InvalidBundle, match=reason):
        proved(tmp_path, "int8")


def test_where_nothing_may_answer_the_reasons_are_given(tmp_path: Path) -> None:
    unproven = variant_of("int8", proofs=())
    write_bundle(tmp_path, decision=OFFERED, variants=(unproven,))
    with pytest.raises(InvalidBundle, match=r"No operating point .* has no proof"):
        proved(tmp_path)


def test_golden_logits_of_every_variant_are_expected(tmp_path: Path) -> None:
    directory = write_bundle(tmp_path)
    write_bundle(tmp_path / "other", variants=(variant_of("int8"),))
    (directory / "model.int8.onnx").write_bytes((directory / "model.onnx").read_bytes())
    seal(directory, variants=(variant_of("int8"),))
    with pytest.raises(InvalidBundle, match=r"does not fit its manifest. Expected .*logits_int8"):
        proved(tmp_path)


@pytest.mark.anyio
@pytest.mark.parametrize("precision", ["auto", "float32"])
async def test_every_answer_names_the_variant_that_gave_it(
    tmp_path: Path, lines: io.StringIO, precision: Literal["auto", "float32"]
) -> None:
    """Its own decision is applied, too: the temperatures of the two differ."""
    write_bundle(tmp_path, variants=(variant_of("int8"),), work=SLOW)
    expected = "int8" if precision == "auto" else precision
    app = create_app(Settings(models=tmp_path, device="cpu", lanes=1, precision=precision))
    transport = httpx.ASGITransport(app)
    async with app.router.lifespan_context(app), httpx.AsyncClient(transport=transport, base_url="http://t") as client:
        await app.state.lifecycle.settled.wait()
        answer = (await client.post("/v1/predict", files={"image": picture()})).json()
        (model,) = (await client.get("/v1/models")).json()["models"]
        metrics = (await client.get("/metrics")).text
    assert answer["model"]["precision"] == model["precision"] == expected
    assert [variant["precision"] for variant in model["variants"] if variant["answers"]] == [expected]
    assert {variant["precision"]: variant["speed"] is None for variant in model["variants"]} == {
        "float32": precision != "auto",
        "int8": precision != "auto",
    }
    assert f'precision="{expected}"' in metrics
    (ready,) = [line for line in written(lines) if line["event"] == "ready"]
    assert (ready["precision"], ready["provider"]) == (expected, "cpu")
    assert ("speed" in ready) is (precision == "auto")
    bundle = proved(tmp_path, expected)
    logits = bundle.runtime.run([prepared(bundle.manifest)])
    temperature = {"int8": 1.25, "float32": 1.5}[expected]
    probabilities = np.exp(logits[0] / temperature) / np.exp(logits[0] / temperature).sum()
    assert answer["diagnoses"][0]["probability"] == pytest.approx(probabilities.max(), abs=1e-5)


def prepared(manifest: Manifest) -> tuple[Pixels, Metadata]:
    return image.read(picture(), manifest.image).pixels, encode(Patient(), manifest.metadata)
