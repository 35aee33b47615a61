"""What a receiver sees: a line for each doubt, and whether the bundle is accepted."""

import json
import subprocess
import sys
from pathlib import Path

import onnxruntime as ort
import pytest

from export.__main__ import main
from export.checks.findings import Finding
from export.checks.session import PROVIDERS
from export.commands import verify as command
from export.verify import Doubts, verify
from lesion.keys import generate, read_secret_key
from lesion.manifest import SIGNATURE_FILE, digest
from lesion.signature import sign
from tests.export.breaking import edit_manifest, failures
from tests.paths import ROOT

SHIPPED = ROOT / "models" / "dermoscopy" / "2"


def test_a_sound_bundle_is_accepted(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(small)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"{small}: accepted"
    for line in (
        f"bundle: digest: ok: {digest(small)}",
        "bundle: signature: skipped: no public key was given",
        "bundle: files: ok: 4 files",
        "float32: label: ok: opset 18, IR 9, float32",
        "float32: ports: ok: logits",
        "int8: label: ok: opset 18, IR 9, int8",
    ):
        assert line in lines
    assert {line.split(": ")[2] for line in lines[:-1]} == {"ok", "skipped"}


def test_the_shipped_bundle_is_accepted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(SHIPPED)]) == 0
    assert "float32: explanation: ok: adds up within" in capsys.readouterr().out


def test_a_changed_bundle_ends_with_status_1(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (small / "card.md").write_text("Another card.\n")
    assert main(["verify", str(small)]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == f"{small}: REFUSED"
    assert lines[-2].startswith(f"bundle: files: FAILED: {small / 'card.md'} was changed")


def test_for_machines(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(small), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["bundle"], told["accepted"]) == (str(small), True)
    edit_manifest(small, lambda manifest: manifest.update(schema_version=4))
    assert main(["verify", str(small), "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert told["accepted"] is False
    assert told["findings"][-1] == {
        "subject": "bundle",
        "check": "manifest",
        "outcome": "failed",
        "detail": f"{small / 'manifest.json'} was written for schema 4, this program reads 1 to 3.",
    }


def test_the_digest_that_was_told_is_held_against_it(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", str(small), "--digest", digest(small)]) == 0
    assert main(["verify", str(small), "--digest", "sha256:" + "0" * 64]) == 1
    assert "bundle: digest: FAILED: The digest is another. Expected sha256:0000" in capsys.readouterr().out


def test_a_signature_is_asked_for_where_a_key_is_given(
    small: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    public, secret, identity = generate(tmp_path / "own")
    other, _, _ = generate(tmp_path / "other")
    assert main(["verify", str(small), "--public-key", str(public)]) == 1
    assert "bundle: signature: FAILED" in capsys.readouterr().out
    sign(small, read_secret_key(secret, str))
    assert main(["verify", str(small), "--public-key", str(public)]) == 0
    assert f"bundle: signature: ok: by key {identity}" in capsys.readouterr().out
    assert main(["verify", str(small), "--public-key", str(other)]) == 1
    assert "was signed by another key" in capsys.readouterr().out
    assert main(["verify", str(small), "--public-key", str(small / "card.md")]) == 1
    assert "error: " in capsys.readouterr().err


def test_a_signature_that_is_a_link_is_refused_even_where_no_key_is_given(small: Path) -> None:
    (small / SIGNATURE_FILE).symlink_to("/dev/zero")
    ((_, check, reason),) = failures(small)
    assert check == "manifest file"
    assert "Received a symbolic link" in reason


def test_a_version_may_be_a_link_to_its_files(small: Path) -> None:
    small.rename(small.parent / "..data")
    small.symlink_to("..data")
    assert failures(small) == []


def test_a_variant_is_not_run_where_it_is_not_meant_to_run(small: Path) -> None:
    edit_manifest(small, lambda manifest: manifest["variants"][1].update(devices=["cuda"]))
    told = [finding for finding in verify(small, Doubts()) if finding.subject == "int8"]
    assert told[-1] == Finding("int8", "runtime", "skipped", "it is meant for cuda, not for cpu")
    assert failures(small) == []


def test_the_first_variant_is_replayed_wherever_it_says_that_it_belongs(small: Path) -> None:
    edit_manifest(small, lambda manifest: manifest["variants"][0].update(devices=["cuda"]))
    assert failures(small) == []
    told = [finding.check for finding in verify(small, Doubts()) if finding.subject == "float32"]
    assert "replay" in told


def test_a_receiver_may_allow_a_larger_loss(small: Path, capsys: pytest.CaptureFixture[str]) -> None:
    loss = {"bound": 0.02, "difference": -0.01, "interval": [-0.015, 0.0]}
    edit_manifest(small, lambda manifest: manifest["variants"][1]["proofs"][0].update(loss))
    assert main(["verify", str(small)]) == 1
    assert "int8: proofs: FAILED" in capsys.readouterr().out
    assert main(["verify", str(small), "--bound", "0.02"]) == 0


@pytest.mark.parametrize("provider", sorted(PROVIDERS))
def test_a_provider_that_is_not_installed_is_told(small: Path, provider: str) -> None:
    refused = failures(small, provider=provider)
    if PROVIDERS[provider] in ort.get_available_providers():
        assert refused == []
    else:
        assert ("float32", "runtime") in [(subject, check) for subject, check, _ in refused]
        assert {reason.partition(" Expected")[0] for _, _, reason in refused} == {
            f"{PROVIDERS[provider]} is not installed."
        }


def test_the_command_offers_every_provider() -> None:
    assert set(command.PROVIDERS) == set(PROVIDERS)


def test_a_line_is_a_line_whatever_a_bundle_says() -> None:
    line = str(Finding("float32", "closed", "failed", "The operator 'a\nok'\x1b[2J\x07 is not known. " + "x" * 5000))
    assert line.startswith("float32: closed: FAILED: The operator 'a ok' [2J  is not known.")
    assert line.isprintable()
    assert len(line) < 1100


def test_neither_tensorflow_nor_keras_is_needed() -> None:
    code = (
        f"import sys; from export.__main__ import main; main(['verify', {str(SHIPPED)!r}]); "
        "assert not {'tensorflow', 'keras', 'tf2onnx', 'jax'} & sys.modules.keys(), sorted(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("accepted\n")
