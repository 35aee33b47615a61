import json
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.__main__ import main
from tests.service.bundles import variant_of, write_bundle
from tests.service.pictures import picture


@pytest.fixture(autouse=True)
def environment(models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("DERMSERVE_MODELS", str(models))
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_predict_prints_a_line_for_each_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [tmp_path / f"{seed}.png" for seed in range(2)]
    for seed, file in enumerate(files):
        file.write_bytes(picture(seed))
    assert main(["predict", *map(str, files), "--age", "55", "--sex", "female", "--site", "head/neck"]) == 0
    one, two = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(one["diagnoses"]) == 8
    assert one["diagnoses"] != two["diagnoses"]


def test_predict_answers_the_good_files_and_names_the_bad(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "good.png").write_bytes(picture())
    (tmp_path / "bad.png").write_bytes(b"no")
    assert main(["predict", str(tmp_path / "bad.png"), str(tmp_path / "good.png"), str(tmp_path / "none.png")]) == 1
    told = capsys.readouterr()
    assert len(told.out.splitlines()) == 1
    assert "bad.png" in told.err
    assert "none.png" in told.err


@pytest.mark.parametrize("arguments", [["--age", "-3"], ["--age", "abc"], ["--site", "elbow"]])
def test_predict_refuses_what_no_patient_is(arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as left:
        main(["predict", "x.png", *arguments])
    assert left.value.code == 2


def test_check_reports_a_bundle(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(models / "dermoscopy" / "1")]) == 0
    assert json.loads(capsys.readouterr().out)["digest"].startswith("sha256:")


def test_check_tells_what_came_of_every_variant(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    variants = (variant_of("int8"), variant_of("float16", devices=("cuda",)))
    directory = write_bundle(tmp_path, variants=variants, work=60)
    assert main(["check", str(directory)]) == 0
    told = json.loads(capsys.readouterr().out)
    first, fast, elsewhere = told["variants"]
    assert (told["precision"], told["provider"], told["deviation"]) == ("int8", "cpu", fast["deviation"])
    assert [variant["answers"] for variant in told["variants"]] == [False, True, False]
    assert fast["milliseconds"] < first["milliseconds"]
    assert fast["speed"] > first["speed"] == 1
    assert first["obstacle"] is fast["obstacle"] is None
    assert "not meant for this device" in elsewhere["obstacle"]


def test_check_refuses_a_tampered_bundle(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    directory = write_bundle(tmp_path)
    (directory / "card.md").write_text("other")
    assert main(["check", str(directory)]) == 1
    assert "was changed" in capsys.readouterr().err


def test_a_wrong_setting_is_named(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv("DERMSERVE_PORT", "http")
    assert main(["serve"]) == 2
    assert "DERMSERVE_PORT" in capsys.readouterr().err
