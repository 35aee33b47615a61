"""What is decided on the way from logits to the answer: outcome, operating point, prediction set, unknown, quality."""

import gc
import math
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pytest
from PIL import Image

from lesion.decision import DecisionSpec, OperatingPoint, PredictionSets, SetThreshold, Unknown, decide
from lesion.diagnosis import CATEGORIES, CODES
from lesion.image import ImageSpec, load
from lesion.manifest import InvalidBundle
from lesion.patient import MetadataSpec, Patient, encode
from lesion.quality import Limits, QualitySpec
from service.app import create_app, prove
from service.predictor import Preparation
from service.settings import Settings
from tests.service.bundles import SIZE, write_bundle
from tests.service.pictures import picture

pytestmark = pytest.mark.anyio

NEVER, ALWAYS = 1.0, 0.0
MALIGNANT = tuple(item.malignant for item in CATEGORIES)


def spec(threshold: float = 0.3, unknown: float = math.inf) -> DecisionSpec:
    """Everything set; the highest sensitivity could not be promised."""
    return DecisionSpec(
        temperature=1.5,
        log_prior=(-1.0, 0.0, -2.0, -3.0, -1.0, -3.0, -3.0, -2.0),
        operating_points=(
            OperatingPoint(sensitivity=0.9, threshold=min(threshold * 2, 1), lower_bound=0.9, lesions=99),
            OperatingPoint(sensitivity=0.95, threshold=threshold, lower_bound=0.95, lesions=99),
            OperatingPoint(sensitivity=0.98, threshold=None, lower_bound=None, lesions=99),
        ),
        prediction_sets=PredictionSets(
            coverage=0.9,
            marginal=SetThreshold(threshold=0.2, lesions=500),
            class_conditional=(
                *[SetThreshold(threshold=0.01, lesions=40)] * 7,
                SetThreshold(threshold=None, lesions=3),
            ),
        ),
        unknown=Unknown(threshold=min(unknown, 1e9), known=0.95),
    )


BRIGHT = QualitySpec(size=SIZE, brightness=Limits(warn=20, reject=10))


@asynccontextmanager
async def serving(models: Path, **settings: Any) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(Settings(models=models, lanes=1, **settings))
    async with app.router.lifespan_context(app):
        await app.state.lifecycle.settled.wait()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            yield client


async def ask(client: httpx.AsyncClient, data: bytes) -> Mapping[str, Any]:
    response = await client.post("/v1/predict", files={"image": ("lesion", data, "image/png")})
    assert response.status_code == 200
    answer: Mapping[str, Any] = response.json()
    return answer


def dark(level: int) -> bytes:
    """A picture of one gray."""
    file = BytesIO()
    Image.new("RGB", (48, 48), (level,) * 3).save(file, "PNG")
    return file.getvalue()


async def test_the_answer_is_what_the_decision_says(tmp_path: Path) -> None:
    write_bundle(tmp_path, decision=spec())
    bundle = prove(Settings(models=tmp_path))
    pixels, row = load(picture(), ImageSpec(size=SIZE)), encode(Patient(), MetadataSpec())
    expected = decide(bundle.runtime.run([(pixels, row)]), MALIGNANT, spec())
    async with serving(tmp_path) as client:
        answer = await ask(client, picture())
    told = {item["category"]: item["probability"] for item in answer["diagnoses"]}
    np.testing.assert_allclose([told[code] for code in CODES], expected.probabilities[0])
    assert expected.outcome == (answer["outcome"],)
    assert answer["malignancy"] == {
        "probability": pytest.approx(expected.malignancy[0]),
        "threshold": 0.3,
        "sensitivity": 0.95,
    }
    assert expected.sets is not None
    assert set(answer["prediction_set"]["categories"]) == {
        code for code, inside in zip(CODES, expected.sets[0], strict=True) if inside
    }
    assert answer["prediction_set"]["coverage"] == 0.9
    assert answer["prediction_set"]["without_promise"] == ["SCC"]
    assert expected.unknown is not None
    assert answer["unknown"]["score"] == pytest.approx(expected.unknown[0])


@pytest.mark.parametrize(
    ("threshold", "unknown", "outcome"),
    [
        (ALWAYS, -1e9, "suspicious"),  # however unknown
        (NEVER, -1e9, "undetermined"),
        (NEVER, 1e9, "not_suspicious"),
    ],
)
async def test_every_outcome_is_reached(tmp_path: Path, threshold: float, unknown: float, outcome: str) -> None:
    write_bundle(tmp_path, decision=spec(threshold, unknown))
    async with serving(tmp_path) as client:
        assert (await ask(client, picture()))["outcome"] == outcome
        told = (await client.get("/metrics")).text
    assert f'dermserve_answers_total{{outcome="{outcome}"}} 1.0' in told


async def test_an_unusable_picture_is_rejected_without_a_diagnosis(tmp_path: Path) -> None:
    write_bundle(tmp_path, decision=spec(), quality=BRIGHT)
    async with serving(tmp_path) as client:
        rejected, warned, clean = [await ask(client, dark(level)) for level in (4, 15, 128)]
        told = (await client.get("/metrics")).text
    assert rejected["outcome"] == "rejected"
    assert not {"diagnoses", "malignancy", "prediction_set", "unknown"} & rejected.keys()
    (finding,) = rejected["quality"]["findings"]
    assert (finding["code"], finding["rejects"]) == ("too_dark", True)
    assert "expected a mean brightness of at least 10 of 255, received 4" in finding["message"]
    assert warned["quality"]["usable"] is True
    assert [item["code"] for item in warned["quality"]["findings"]] == ["too_dark"]
    assert warned["diagnoses"]
    assert clean["quality"] == {"usable": True, "findings": []}
    assert 'dermserve_answers_total{outcome="rejected"} 1.0' in told
    assert 'dermserve_stage_seconds_count{stage="run"} 2.0' in told  # the model never saw the first


async def test_the_gate_can_be_opened(tmp_path: Path) -> None:
    write_bundle(tmp_path, decision=spec(), quality=BRIGHT)
    async with serving(tmp_path, quality_gate=False) as client:
        answer = await ask(client, dark(4))
    assert answer["outcome"] != "rejected"
    assert answer["quality"]["usable"] is False
    assert answer["diagnoses"]


async def test_the_operator_picks_operating_point_and_set(tmp_path: Path) -> None:
    write_bundle(tmp_path, decision=spec())
    async with serving(tmp_path, sensitivity=0.9, prediction_set="marginal") as client:
        answer = await ask(client, picture())
    assert (answer["malignancy"]["sensitivity"], answer["malignancy"]["threshold"]) == (0.9, 0.6)
    assert answer["prediction_set"]["kind"] == "marginal"
    assert answer["prediction_set"]["without_promise"] == []


@pytest.mark.parametrize("sensitivity", [0.98, 0.5])
def test_a_bundle_that_cannot_promise_what_was_picked_does_not_start(tmp_path: Path, sensitivity: float) -> None:
    write_bundle(tmp_path, decision=spec())
    with pytest.raises(InvalidBundle, match=r"Expected one of \[0.9, 0.95\]. Received"):
        prove(Settings(models=tmp_path, sensitivity=sensitivity))


async def test_what_a_bundle_cannot_tell_is_absent(tmp_path: Path) -> None:
    write_bundle(tmp_path)
    async with serving(tmp_path) as client:
        answer = await ask(client, picture())
    assert not {"outcome", "prediction_set", "unknown", "quality"} & answer.keys()
    assert answer["malignancy"].keys() == {"probability"}


async def test_a_rejected_picture_is_let_go_at_once(tmp_path: Path) -> None:
    write_bundle(tmp_path, decision=spec(), quality=BRIGHT)
    async with serving(tmp_path) as client:
        gc.collect()
        gc.disable()
        try:
            for _ in range(5):
                assert (await ask(client, dark(4)))["outcome"] == "rejected"
            kept = sum(isinstance(each, Preparation) for each in gc.get_objects())
        finally:
            gc.enable()
    assert kept <= 1  # the last, which its lane may be about to drop
