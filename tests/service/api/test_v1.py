import asyncio
import json
from typing import Any

import httpx
import pytest

from lesion.diagnosis import CODES
from tests.service.pictures import picture

pytestmark = pytest.mark.anyio

Files = list[tuple[str, Any]]


def image(data: bytes, name: str = "lesion.png") -> tuple[str, Any]:
    return ("image", (name, data, "image/png"))


def metadata(text: str) -> tuple[str, Any]:
    return ("metadata", (None, text, "application/json"))


async def ask(client: httpx.AsyncClient, *files: tuple[str, Any], **headers: str) -> httpx.Response:
    return await client.post("/v1/predict", files=list(files), headers=headers)


async def test_answers_all_categories_sorted_with_what_identifies_the_model(client: httpx.AsyncClient) -> None:
    response = await ask(client, image(picture()), metadata('{"age": 55, "sex": "female", "references": {"a": "b"}}'))
    answer = response.json()
    assert response.status_code == 200
    assert {item["category"] for item in answer["diagnoses"]} == set(CODES)
    probabilities = [item["probability"] for item in answer["diagnoses"]]
    assert probabilities == sorted(probabilities, reverse=True)
    assert sum(probabilities) == pytest.approx(1)
    malignant = sum(item["probability"] for item in answer["diagnoses"] if item["category"] in {"MEL", "BCC", "SCC"})
    assert answer["malignancy"]["probability"] == pytest.approx(malignant)
    assert answer["model"]["name"] == "dermoscopy"
    assert answer["model"]["digest"].startswith("sha256:")
    assert answer["references"] == {"a": "b"}
    assert set(answer["timing_ms"]) == {"prepare", "queue", "run", "total"}
    assert answer["id"] == response.headers["x-request-id"]


async def test_metadata_may_be_absent_or_null_and_changes_the_answer(client: httpx.AsyncClient) -> None:
    absent = await ask(client, image(picture()))
    null = await ask(client, image(picture()), metadata('{"age": null, "sex": null, "site": null}'))
    given = await ask(client, image(picture()), metadata('{"age": 80, "sex": "male", "site": "palms/soles"}'))
    assert absent.json()["diagnoses"] == null.json()["diagnoses"] != given.json()["diagnoses"]


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
async def test_takes_every_format(client: httpx.AsyncClient, kind: str) -> None:
    assert (await ask(client, image(picture(kind=kind)))).status_code == 200


@pytest.mark.parametrize(
    ("text", "field", "received"),
    [
        ('{"age": -3}', "metadata.age", "-3"),
        ('{"age": 400}', "metadata.age", "400"),
        ('{"age": "abc"}', "metadata.age", '"abc"'),
        ('{"age": true}', "metadata.age", "true"),
        ('{"age": NaN}', "metadata.age", "NaN"),
        ('{"site": "elbow"}', "metadata.site", '"elbow"'),
        ('{"sex": "f"}', "metadata.sex", '"f"'),
        ('{"weight": 70}', "metadata.weight", "70"),
        ('{"references": {"a": 1}}', "metadata.references.a", "1"),
        ("age=55", "metadata", '"age=55"'),
        ("[1]", "metadata", "[1]"),
        ("", "metadata", '""'),
        ("[" * 50_000, "metadata", '"[['),
    ],
)
async def test_metadata_errors_say_what_was_expected_and_received(
    client: httpx.AsyncClient, text: str, field: str, received: str
) -> None:
    response = await ask(client, image(picture()), metadata(text))
    problem = response.json()
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["type"] == "urn:problem-type:dermserve:invalid-patient"
    assert problem["request_id"] == response.headers["x-request-id"]
    assert problem["errors"][0]["field"] == field
    assert problem["errors"][0]["received"].startswith(received)
    assert problem["errors"][0]["expected"]


async def test_every_wrong_field_is_listed(client: httpx.AsyncClient) -> None:
    response = await ask(client, image(picture()), metadata('{"age": -1, "sex": "x", "other": 1}'))
    assert [error["field"] for error in response.json()["errors"]] == ["metadata.age", "metadata.sex", "metadata.other"]


async def test_a_field_given_twice_is_refused(client: httpx.AsyncClient) -> None:
    response = await ask(client, image(picture()), metadata('{"age": 30, "age": 80}'))
    assert response.status_code == 422
    assert "twice" in response.json()["detail"]


BAD_IMAGES = {
    "empty": b"",
    "truncated": picture(kind="JPEG", side=200)[:-400],
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n",
    "text": b"hello",
    "header only": picture()[:40],
}


@pytest.mark.parametrize("name", BAD_IMAGES)
async def test_what_is_no_image_is_refused(client: httpx.AsyncClient, name: str) -> None:
    response = await ask(client, image(BAD_IMAGES[name]))
    assert response.status_code == 422
    assert response.json()["type"] == "urn:problem-type:dermserve:invalid-image"
    assert response.json()["detail"]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ([metadata("{}")], "has no image"),
        ([image(picture()), image(picture(1))], "two image parts"),
        ([image(picture()), metadata("{}"), metadata("{}")], "two metadata parts"),
        ([image(picture()), ("mask", ("mask.png", b"x"))], "unknown part"),
        ([image(picture()), metadata(" " * 70_000)], "too long"),
    ],
)
async def test_wrong_parts_are_refused(client: httpx.AsyncClient, files: Files, said: str) -> None:
    response = await ask(client, *files)
    assert response.status_code == 422
    assert said in response.json()["detail"]
    assert "Expected" in response.json()["detail"]
    assert "Received" in response.json()["detail"]


async def test_another_content_type_is_415(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/predict", content=picture(), headers={"Content-Type": "image/png"})
    assert response.status_code == 415
    assert "image/png" in response.json()["detail"]


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=x", b"what?"),
        ("multipart/form-data; boundary=x", b'--x\r\nContent-Disposition: form-data; name="image"\r\n\r\nabc'),
        ("multipart/form-data; boundary=x", b"--x\r\nContent-Type: image/png\r\n\r\nabc\r\n--x--\r\n"),
        ("multipart/form-data; boundary=" + "x" * 300, b""),
    ],
)
async def test_a_malformed_body_is_400(client: httpx.AsyncClient, kind: str, body: bytes) -> None:
    response = await client.post("/v1/predict", content=body, headers={"Content-Type": kind})
    assert response.status_code == 400
    assert response.json()["type"] == "urn:problem-type:dermserve:malformed-body"


@pytest.mark.parametrize("value", ["0", "-5", "abc", "1e3", "9999999999"])
async def test_a_timeout_that_is_no_number_is_refused(client: httpx.AsyncClient, value: str) -> None:
    response = await ask(client, image(picture()), **{"X-Request-Timeout-Ms": value})
    assert response.status_code == 422
    assert response.json()["errors"][0]["field"] == "X-Request-Timeout-Ms"


async def test_poison_beside_good_requests_changes_no_answer(client: httpx.AsyncClient) -> None:
    alone = [(await ask(client, image(picture(seed)))).json()["diagnoses"] for seed in range(12)]
    asked = []
    for seed in range(12):
        asked += [ask(client, image(picture(seed))), ask(client, image([*BAD_IMAGES.values()][seed % 5]))]
    together = await asyncio.gather(*asked)
    assert [response.status_code for response in together[1::2]] == [422] * 12
    for response, expected in zip(together[::2], alone, strict=True):
        assert_same(response.json()["diagnoses"], expected)


def assert_same(received: list[dict[str, Any]], expected: list[dict[str, Any]]) -> None:
    """Equal within what the batch size may change in a float32 sum."""
    left, right = ({item["category"]: item["probability"] for item in items} for items in (received, expected))
    assert left == pytest.approx(right, abs=1e-6)


async def test_models_are_listed(client: httpx.AsyncClient) -> None:
    (model,) = (await client.get("/v1/models")).json()["models"]
    assert (model["name"], model["version"], tuple(model["categories"])) == ("dermoscopy", "1", CODES)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "/v1/predict", 405), ("POST", "/v2/none", 404)])
async def test_the_framework_s_errors_look_the_same(
    client: httpx.AsyncClient, method: str, path: str, status: int
) -> None:
    response = await client.request(method, path)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert {"type", "title", "status", "detail", "request_id"} == set(json.loads(response.content))


async def test_a_safe_request_id_is_kept_and_another_replaced(client: httpx.AsyncClient) -> None:
    kept = await client.get("/health/live", headers={"X-Request-ID": "case-17.a_B"})
    replaced = await client.get("/health/live", headers={"X-Request-ID": "Jane Doe, 1970"})
    assert kept.headers["x-request-id"] == "case-17.a_B"
    assert len(replaced.headers["x-request-id"]) == 32


@pytest.mark.parametrize(
    "text",
    [
        r'{"site": "\ud800"}',
        r'{"\ud800": 1}',
        r'{"references": {"a": "\ud800"}}',
        r'{"references": {"\udc00": "x"}}',
        r'{"a\ud800": 1, "a\ud800": 2}',
    ],
)
async def test_half_a_surrogate_is_a_422(client: httpx.AsyncClient, text: str) -> None:
    response = await ask(client, image(picture()), metadata(text))
    assert response.status_code == 422
    assert response.json()["type"].endswith("invalid-patient")


async def test_references_may_be_null_and_metadata_may_begin_with_a_byte_order_mark(client: httpx.AsyncClient) -> None:
    response = await ask(client, image(picture()), metadata('\ufeff{"age": 50, "references": null}'))
    assert response.status_code == 200
    assert response.json()["references"] == {}


async def test_a_trailing_slash_is_no_redirect_to_wherever_the_caller_says(client: httpx.AsyncClient) -> None:
    response = await client.post("/v1/predict/?mrn=1", files=[image(picture())], headers={"Host": "evil.example"})
    assert response.status_code == 404
