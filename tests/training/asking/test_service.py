"""Asked as any caller would, of the service as it is and of stand-ins."""

import asyncio
from collections import Counter
from pathlib import Path

import httpx
import numpy as np
import pytest

from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from tests.training.asking.cases import DECISION, IMAGES, bundle, catalog, part
from tests.training.asking.services import Answering, Respond, ask_live, ask_standing_in, metadata
from training.asking import onnx_file, service
from training.asking.agreement import compare
from training.catalog import Catalog
from training.errors import InvalidData
from training.pipeline import InOrder
from training.target import ISIC2019


@pytest.fixture
def shown(tmp_path: Path) -> Catalog:
    return catalog(tmp_path)


@pytest.fixture
def whole(shown: Catalog, tmp_path: Path) -> InOrder:
    return part(shown, tmp_path / "cache")


def test_the_service_gives_the_logits_of_the_file(tmp_path: Path, shown: Catalog, whole: InOrder) -> None:
    opened = bundle(tmp_path / "models")
    asked, expected = ask_live(opened, shown, whole), onnx_file.ask(opened, whole)
    assert asked.predictions.image_id.tolist() == [record.image_id for record in whole.records]
    assert asked.predictions.label.tolist() == whole.labels.tolist()
    assert asked.shift_known
    np.testing.assert_allclose(asked.predictions.logits, expected.predictions.logits, atol=1e-4)
    agreement = compare(expected.predictions, DECISION, asked, DECISION, ISIC2019)
    assert (agreement.first_answers, agreement.outcomes) == (1, 1)
    assert set(asked.outcomes or ()) == {"suspicious", "undetermined", "not_suspicious"}


def test_without_an_unknown_score_the_logits_lack_a_constant(tmp_path: Path, shown: Catalog, whole: InOrder) -> None:
    opened = bundle(tmp_path / "models", DecisionSpec(temperature=1.5))
    asked, expected = ask_live(opened, shown, whole), onnx_file.ask(opened, whole)
    difference = asked.predictions.logits - expected.predictions.logits
    assert not asked.shift_known
    assert asked.outcomes is None
    assert np.ptp(difference, axis=1).max() < 1e-4
    assert np.abs(difference).max() > 0.1


def test_the_operating_point_of_the_service_is_told(tmp_path: Path, shown: Catalog, whole: InOrder) -> None:
    assert ask_live(bundle(tmp_path / "models"), shown, whole, sensitivity=0.9).sensitivity == 0.9


def test_a_service_that_is_full_is_asked_again(tmp_path: Path, shown: Catalog, whole: InOrder) -> None:
    asked = ask_live(bundle(tmp_path / "models"), shown, whole, max_in_flight=1)
    assert len(asked.predictions.image_id) == IMAGES


def test_requests_in_flight_are_bounded(tmp_path: Path, shown: Catalog, whole: InOrder) -> None:
    opened, now, most = bundle(tmp_path / "models"), 0, 0
    answering = Answering(opened)

    async def respond(request: httpx.Request) -> httpx.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        for _ in range(5):
            await asyncio.sleep(0)
        now -= 1
        return answering(request)

    ask_standing_in(respond, opened, shown, whole, in_flight=3)  # type: ignore[arg-type] # a transport takes both kinds
    assert most == 3


def test_busy_is_asked_again_and_given_up_at_last(tmp_path: Path, shown: Catalog, whole: InOrder) -> None:
    opened, seen = bundle(tmp_path / "models"), Counter[str]()

    def busy(times: int) -> Respond:
        def respond(request: httpx.Request) -> httpx.Response:
            name = metadata(request)["references"]["image_id"]
            seen[name] += 1
            return httpx.Response(503 if seen[name] <= times else 200, headers={"Retry-After": "1"})

        return respond

    asked = ask_standing_in(Answering(opened, busy(2)), opened, shown, whole)
    assert len(asked.predictions.image_id) == IMAGES
    assert set(seen.values()) == {3}
    seen.clear()
    with pytest.raises(InvalidData, match="The service stayed busy: 503"):
        ask_standing_in(Answering(opened, busy(3)), opened, shown, whole)


@pytest.mark.parametrize(
    ("response", "told"),
    [
        (httpx.Response(422, text="The image cannot be read"), "Received 422: The image cannot be read"),
        (httpx.Response(404, text="Not Found"), "Expected 200. Received 404"),
        (httpx.Response(201, text="{}"), "Received 201"),
    ],
)
def test_any_other_answer_fails_at_once(
    tmp_path: Path, shown: Catalog, whole: InOrder, response: httpx.Response, told: str
) -> None:
    with pytest.raises(InvalidData, match=f"did not answer about picture .*{told}"):
        ask_standing_in(lambda _: response, bundle(tmp_path / "models"), shown, whole)


@pytest.mark.parametrize("text", ["<html>", "{}", '{"model": {"digest": 1}}'])
def test_what_is_no_service_of_ours_is_told(tmp_path: Path, shown: Catalog, whole: InOrder, text: str) -> None:
    with pytest.raises(InvalidData, match="http://test/v1/predict is no service of ours"):
        ask_standing_in(lambda _: httpx.Response(200, text=text), bundle(tmp_path / "models"), shown, whole)


def test_an_answer_about_another_image_is_refused(tmp_path: Path, shown: Catalog, whole: InOrder) -> None:
    opened = bundle(tmp_path / "models")
    with pytest.raises(InvalidData, match="about another image"):
        ask_standing_in(Answering(opened, changed={"references": {"image_id": "picture 3"}}), opened, shown, whole)


def test_rejected_pictures_are_named_and_left_out(tmp_path: Path, shown: Catalog, whole: InOrder) -> None:
    opened = bundle(tmp_path / "models")
    rejecting = Answering(
        opened,
        changed={
            "diagnoses": None,
            "outcome": "rejected",
            "quality": {"usable": False, "findings": [{"code": "dark"}]},
        },
    )
    accepting = Answering(opened, changed={"outcome": "undetermined"})

    def respond(request: httpx.Request) -> httpx.Response:
        rejected = metadata(request)["references"]["image_id"] in {"picture 3", "picture 5"}
        return (rejecting if rejected else accepting)(request)

    asked = ask_standing_in(respond, opened, shown, whole)
    assert asked.rejected == {"picture 5": "dark", "picture 3": "dark"}
    kept = [record.image_id for record in whole.records if record.image_id not in asked.rejected]
    assert asked.predictions.image_id.tolist() == kept
    labels = {record.image_id: record.label for record in shown.records}
    assert [CODES[label] for label in asked.predictions.label] == [labels[name] for name in kept]
    assert asked.outcomes == ("undetermined",) * len(kept)


def test_where_all_are_rejected_nothing_is_left(tmp_path: Path, shown: Catalog, whole: InOrder) -> None:
    opened = bundle(tmp_path / "models")
    asked = ask_standing_in(Answering(opened, changed={"outcome": "rejected"}), opened, shown, whole)
    assert asked.predictions.logits.shape == (0, 8)
    assert len(asked.rejected) == IMAGES


def test_nobody_at_the_address_is_told(tmp_path: Path, shown: Catalog, whole: InOrder) -> None:
    opened = bundle(tmp_path / "models")
    with pytest.raises(InvalidData, match=r"http://127\.0\.0\.1:1/? does not answer"):
        service.ask_at("http://127.0.0.1:1", opened, shown, whole)
    for address in ("127.0.0.1:8000", "ftp://there", "http://[::"):
        with pytest.raises(InvalidData, match="Expected an address such as"):
            service.ask_at(address, opened, shown, whole)
