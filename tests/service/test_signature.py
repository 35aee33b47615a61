"""With a public key set, only what one of its keys signed is opened."""

import json
from pathlib import Path

import httpx
import pytest

from lesion.keys import generate, read_secret_key
from lesion.manifest import SIGNATURE_FILE, InvalidBundle
from lesion.signature import sign
from service.__main__ import main
from service.app import create_app, prove
from service.settings import Settings
from tests.service.bundles import write_bundle
from tests.service.pictures import picture


@pytest.fixture
def keys(tmp_path: Path) -> tuple[Path, Path]:
    """Public and secret key file."""
    public, secret, _ = generate(tmp_path / "hospital")
    return public, secret


def signed(models: Path, secret: Path, version: str = "1") -> Path:
    directory = write_bundle(models, version=version)
    sign(directory, read_secret_key(secret, lambda: ""))
    return directory


@pytest.mark.anyio
async def test_a_signed_bundle_answers(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    public, secret = keys
    signed(tmp_path / "models", secret)
    app = create_app(Settings(models=tmp_path / "models", public_key=public, lanes=1))
    async with app.router.lifespan_context(app):
        await app.state.lifecycle.settled.wait()
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
            answer = await client.post("/v1/predict", files={"image": ("a.png", picture(), "image/png")})
    assert answer.status_code == 200


@pytest.mark.anyio
async def test_an_unsigned_bundle_does_not_start(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    write_bundle(tmp_path / "models")
    app = create_app(Settings(models=tmp_path / "models", public_key=keys[0]))
    async with app.router.lifespan_context(app):
        await app.state.lifecycle.settled.wait()
        assert "is not signed" in str(app.state.lifecycle.failure)


def test_another_key_is_refused(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    other, _, _ = generate(tmp_path / "other")
    directory = signed(tmp_path / "models", keys[1])
    with pytest.raises(InvalidBundle, match="was signed by another key"):
        prove(Settings(public_key=other), directory)


def test_the_signature_of_another_version_is_refused(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    one = signed(tmp_path / "models", keys[1])
    two = write_bundle(tmp_path / "models", version="2")
    (two / SIGNATURE_FILE).write_bytes((one / SIGNATURE_FILE).read_bytes())
    with pytest.raises(InvalidBundle, match="does not fit"):
        prove(Settings(public_key=keys[0]), two)


def test_nothing_of_an_unsigned_bundle_is_parsed(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    directory = signed(tmp_path / "models", keys[1])
    (directory / "manifest.json").write_text("{")
    with pytest.raises(InvalidBundle, match=r"does not fit: manifest\.json"):
        prove(Settings(public_key=keys[0]), directory)


def test_a_signature_does_not_stand_for_the_hashes(tmp_path: Path, keys: tuple[Path, Path]) -> None:
    directory = signed(tmp_path / "models", keys[1])
    with (directory / "model.onnx").open("ab") as file:
        file.write(b"\x00")
    with pytest.raises(InvalidBundle, match="was changed"):
        prove(Settings(public_key=keys[0]), directory)


def test_check_tells_who_signed(
    tmp_path: Path, keys: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    directory = signed(tmp_path / "models", keys[1])
    assert main(["check", str(directory)]) == 0
    claimed = json.loads(capsys.readouterr().out)["signature"]
    assert claimed["verified"] is False
    monkeypatch.setenv("DERMSERVE_PUBLIC_KEY", str(keys[0]))
    assert main(["check", str(directory)]) == 0
    assert json.loads(capsys.readouterr().out)["signature"] == {**claimed, "verified": True}
    assert claimed["key_id"] in keys[0].read_text()


def test_check_tells_that_nobody_signed(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", str(models / "dermoscopy" / "1")]) == 0
    assert json.loads(capsys.readouterr().out)["signature"] is None


def test_a_key_that_cannot_be_read_refuses_every_bundle(
    models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DERMSERVE_PUBLIC_KEY", str(tmp_path / "absent.pub"))
    assert main(["check", str(models / "dermoscopy" / "1")]) == 1
    assert "absent.pub cannot be read" in capsys.readouterr().err
