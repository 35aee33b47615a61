"""What the docs say is what happens: commands are run, answers compared, settings and metrics listed."""

import json
import re
import shlex
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from lesion.manifest import Manifest
from service.settings import Settings
from service.store import find
from tests.paths import ROOT

README = (ROOT / "README.md").read_text(encoding="utf-8")
SERVICE = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")


def blocks(text: str, language: str) -> list[str]:
    """Fenced code blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The service with the shipped bundle, as `make run` starts it."""
    number = free_port()
    command = [sys.executable, "-m", "service", "serve"]
    environment = {"DERMSERVE_PORT": str(number), "PATH": "/usr/bin:/bin"}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if json.loads(line)["event"] == "ready":
                break
        yield number
        process.terminate()
        process.stderr.read()
        assert process.wait(timeout=30) == 0


def curl(command: str, port: int) -> dict[str, Any]:
    if shutil.which("curl") is None:
        pytest.skip("curl is not installed")
    arguments = shlex.split(command.replace("127.0.0.1:8000", f"127.0.0.1:{port}"))
    told = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=True)
    answer: dict[str, Any] = json.loads(told.stdout)
    return answer


def test_the_first_curl_gives_the_answer_shown(port: int) -> None:
    answer, shown = curl(blocks(README, "sh")[0], port), json.loads(blocks(README, "json")[0])
    assert answer.keys() == shown.keys()
    assert answer["model"] == shown["model"]
    assert [item["category"] for item in answer["diagnoses"]] == [item["category"] for item in shown["diagnoses"]]
    for item, expected in zip(answer["diagnoses"], shown["diagnoses"], strict=True):
        assert item.pop("probability") == pytest.approx(expected.pop("probability"), abs=0.02)
        assert item == expected
    assert answer["malignancy"] == pytest.approx(shown["malignancy"], abs=0.02)
    assert answer["unknown"] == pytest.approx(shown["unknown"], abs=0.05)
    for field in ("outcome", "prediction_set", "quality", "references"):
        assert answer[field] == shown[field]
    assert answer["timing_ms"].keys() == shown["timing_ms"].keys()
    assert answer["disclaimer"] == shown["disclaimer"]


def test_the_second_curl_is_refused_field_by_field(port: int) -> None:
    problem = curl(blocks(README, "sh")[1], port)
    assert problem["status"] == 422
    assert {item["field"] for item in problem["errors"]} == {"metadata.age", "metadata.site"}


def test_every_address_in_the_docs_exists(port: int) -> None:
    addresses = set(re.findall(r"`(/(?:health/\w+|v1/models|metrics|docs))`", README + SERVICE))
    assert len(addresses) >= 5
    for address in addresses:
        connection = HTTPConnection("127.0.0.1", port)
        connection.request("GET", address)
        assert connection.getresponse().status == 200, address
        connection.close()


def test_every_metric_is_documented(port: int) -> None:
    connection = HTTPConnection("127.0.0.1", port)
    connection.request("GET", "/metrics")
    names = set(re.findall(r"^# TYPE (dermserve_\w+)", connection.getresponse().read().decode(), re.MULTILINE))
    connection.close()
    names -= {name for name in names if name.endswith("_created")}
    assert names == set(re.findall(r"`(dermserve_\w+)", SERVICE))


def test_the_figures_are_those_of_the_shipped_bundle() -> None:
    metrics = Manifest.read(find(ROOT / "models", "dermoscopy")).metrics
    for name in ("isic2019", "ham10000"):
        for figure in ("balanced_accuracy", "macro_auc", "malignancy_auc"):
            assert f"{metrics[f'{name}.{figure}']:.3f}" in README


def setting_row(name: str) -> str:
    field = Settings.model_fields[name]
    default = "" if field.default is None else str(field.default)
    return f"| `DERMSERVE_{name.upper()}` | {default} | {field.description} |"


@pytest.mark.parametrize("name", Settings.model_fields)
def test_every_setting_is_documented(name: str) -> None:
    assert setting_row(name) in SERVICE


def run_line(command: str, directory: Path) -> None:
    """One `python …` line of the docs, in a fresh directory."""
    arguments = [sys.executable, *shlex.split(command)[1:]]
    told = subprocess.run(
        arguments, cwd=directory, env={"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )
    assert told.returncode == 0, told.stderr


def test_the_data_commands_run(tmp_path: Path) -> None:
    commands = blocks((ROOT / "docs" / "data.md").read_text(encoding="utf-8"), "sh")[0].strip().splitlines()
    for command in commands:
        run_line(command, tmp_path)
    names = {path.name for path in (tmp_path / "data" / "copy").iterdir()}
    assert {"catalog.csv", "left-out.csv", "duplicates.csv", "splits.csv", "folds", "report"} <= names


@pytest.mark.tensorflow
def test_the_training_commands_run(tmp_path: Path) -> None:
    commands = blocks((ROOT / "docs" / "training.md").read_text(encoding="utf-8"), "sh")[0].strip().splitlines()
    assert len(commands) == 3
    for command in commands:
        assert command in README
        run_line(command, tmp_path)
    assert (tmp_path / "runs" / "models" / "smoke" / "1" / "manifest.json").is_file()


PAGES = sorted([ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").glob("*.md")])


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere_and_nothing_waits_to_be_filled_in(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?://|#)([^)#\s]+)", text)
    gone = [link for link in links if not (page.parent / link).exists()]
    assert gone == []
    assert not re.search(r"@@@|^RESULTS$|^TABLE$|TODO|TBD", text, re.MULTILINE)
