import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from service.app import create_app
from service.settings import Settings
from tests.paths import ROOT


@pytest.fixture
def document() -> dict[str, Any]:
    return create_app(Settings()).openapi()


def test_the_committed_file_is_the_app_s_document(document: dict[str, Any]) -> None:
    committed = json.loads((ROOT / "openapi" / "openapi.json").read_text(encoding="utf-8"))
    assert committed == json.loads(json.dumps(document)), "Run: python -m service openapi openapi/openapi.json"


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    references = {part.split('"')[0] for part in text.split('"$ref": "#/components/schemas/')[1:]}
    assert references <= set(document["components"]["schemas"])
    assert "Problem" in references


def test_every_error_is_a_problem_with_an_example(document: dict[str, Any]) -> None:
    responses = document["paths"]["/v1/predict"]["post"]["responses"]
    assert set(responses) == {"200", "400", "408", "413", "415", "422", "500", "503", "504"}
    for status, response in responses.items():
        if status not in {"200", "500"}:
            assert response["content"]["application/problem+json"]["examples"]


def test_the_form_asks_for_a_file_and_metadata(document: dict[str, Any]) -> None:
    body = document["paths"]["/v1/predict"]["post"]["requestBody"]["content"]["multipart/form-data"]
    assert body["schema"]["properties"]["image"]["format"] == "binary"
    assert body["schema"]["required"] == ["image"]
    assert set(document["components"]["schemas"]["Metadata"]["properties"]) == {"age", "sex", "site", "references"}


@pytest.mark.anyio
async def test_the_docs_page_needs_no_other_host(client: httpx.AsyncClient) -> None:
    page = (await client.get("/docs")).text
    assert "https://" not in page
    for asset in ("swagger-ui-bundle.js", "swagger-ui.css", "favicon.png"):
        assert f"/docs/assets/{asset}" in page
        assert (await client.get(f"/docs/assets/{asset}")).status_code == 200


def test_the_command_writes_the_file(tmp_path: Path, document: dict[str, Any]) -> None:
    command = [sys.executable, "-m", "service", "openapi", str(tmp_path / "openapi.json")]
    subprocess.run(command, cwd=ROOT, check=True)
    assert json.loads((tmp_path / "openapi.json").read_text(encoding="utf-8")) == json.loads(json.dumps(document))


def test_importing_the_service_loads_no_training_library() -> None:
    program = "import sys, service.app, service.__main__; print(*sorted(sys.modules))"
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = {name.split(".")[0] for name in told.stdout.split()}
    assert loaded & {"tensorflow", "keras", "onnx", "tf2onnx", "training", "export"} == set()
