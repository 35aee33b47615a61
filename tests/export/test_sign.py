"""keygen and sign on the command line. Neither needs TensorFlow."""

from pathlib import Path

import pytest

from export.__main__ import main
from lesion.keys import read_public_keys
from lesion.manifest import SIGNATURE_FILE
from lesion.signature import claimed_signer, verify_signature
from tests.manifests import seal


@pytest.fixture
def bundle(tmp_path: Path) -> Path:
    directory = tmp_path / "trial" / "1"
    directory.mkdir(parents=True)
    (directory / "model.onnx").write_bytes(b"graph")
    seal(directory, name="trial", version="1", size=64)
    return directory


@pytest.fixture
def key(tmp_path: Path) -> Path:
    assert main(["keygen", str(tmp_path / "key"), "--no-password"]) == 0
    return tmp_path / "key.key"


def test_what_is_signed_verifies(bundle: Path, key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sign", str(bundle), "--key", str(key)]) == 0
    signer = verify_signature(bundle, read_public_keys(key.with_suffix(".pub")))
    assert f"signed by key {signer.key_id}" in capsys.readouterr().out


def test_a_key_under_a_password_signs(
    bundle: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DERMSERVE_SIGNING_PASSWORD", "correct horse")
    assert main(["keygen", str(tmp_path / "locked")]) == 0
    monkeypatch.setenv("DERMSERVE_SIGNING_PASSWORD", "battery staple")
    assert main(["sign", str(bundle), "--key", str(tmp_path / "locked.key")]) == 1
    assert "wrong password" in capsys.readouterr().err
    assert claimed_signer(bundle) is None
    monkeypatch.setenv("DERMSERVE_SIGNING_PASSWORD", "correct horse")
    assert main(["sign", str(bundle), "--key", str(tmp_path / "locked.key")]) == 0
    verify_signature(bundle, read_public_keys(tmp_path / "locked.pub"))


def test_an_empty_password_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DERMSERVE_SIGNING_PASSWORD", "")
    assert main(["keygen", str(tmp_path / "key")]) == 1
    assert "The password is empty" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_never_overwritten(key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = key.read_bytes()
    assert main(["keygen", str(key.with_suffix("")), "--no-password"]) == 1
    assert "never overwritten" in capsys.readouterr().err
    assert key.read_bytes() == before


def test_a_signature_is_replaced_by_force(bundle: Path, key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bundle / SIGNATURE_FILE).write_text("an older one")
    assert main(["sign", str(bundle), "--key", str(key)]) == 1
    assert "signed already" in capsys.readouterr().err
    assert main(["sign", str(bundle), "--key", str(key), "--force"]) == 0
    verify_signature(bundle, read_public_keys(key.with_suffix(".pub")))


def test_a_tampered_bundle_is_not_signed(bundle: Path, key: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (bundle / "model.onnx").write_bytes(b"grapf")
    assert main(["sign", str(bundle), "--key", str(key)]) == 1
    assert "was changed" in capsys.readouterr().err
    assert claimed_signer(bundle) is None
