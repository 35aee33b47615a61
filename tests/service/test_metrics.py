from pathlib import Path

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.app import create_app
from service.settings import Settings
from tests.service.pictures import picture

pytestmark = pytest.mark.anyio

Samples = dict[tuple[str, tuple[str, ...]], float]


async def samples(client: httpx.AsyncClient) -> Samples:
    text = (await client.get("/metrics")).text
    families = text_string_to_metric_families(text)
    return {(s.name, tuple(s.labels.values())): s.value for family in families for s in family.samples}


async def test_requests_are_counted_by_outcome_and_timed_by_stage(client: httpx.AsyncClient) -> None:
    for data in (picture(), picture(1), b"no image"):
        await client.post("/v1/predict", files={"image": data})
    found = await samples(client)
    assert found["dermserve_requests_total", ("ok",)] == 2
    assert found["dermserve_requests_total", ("invalid",)] == 1
    assert found["dermserve_requests_total", ("failed",)] == 0
    for stage in ("prepare", "queue", "run", "total"):
        assert found["dermserve_stage_seconds_count", (stage,)] == 2
    assert found["dermserve_stage_seconds_count", ("admit",)] == 3
    assert found["dermserve_batch_size_sum", ()] == 2
    assert (
        found["dermserve_in_flight", ()] == found["dermserve_queue_depth", ()] == found["dermserve_lanes_busy", ()] == 0
    )
    assert found["dermserve_skipped_total", ("departed",)] == 0


async def test_the_model_that_answers_is_named(client: httpx.AsyncClient) -> None:
    model = (await client.get("/v1/models")).json()["models"][0]
    (labels,) = [labels for name, labels in await samples(client) if name == "dermserve_model_info"]
    assert set(labels) == {"dermoscopy", "1", model["digest"], "float32"}


async def test_two_applications_do_not_add_up(client: httpx.AsyncClient, models: Path) -> None:
    await client.post("/v1/predict", files={"image": picture()})
    other = create_app(Settings(models=models))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(other), base_url="http://t") as second:
        assert (await samples(second))["dermserve_requests_total", ("ok",)] == 0
