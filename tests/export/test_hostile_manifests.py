"""A manifest that promises what does not hold, or is not known here, is refused."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.export.breaking import edit_manifest, failures

Change = Callable[[Any], object]


def prior_of_giants(manifest: Any) -> None:
    manifest["variants"][0]["decision"]["log_prior"] = [1e308, *[-1e308] * 7]


def misdivide(manifest: Any) -> None:
    for item in manifest["classes"]:
        if item["code"] == "MEL":
            item["malignant"] = False


def seven(manifest: Any) -> None:
    manifest["classes"].pop()


def reorder(manifest: Any) -> None:
    manifest["classes"].reverse()


def variant(place: int, **changes: Any) -> Change:
    return lambda manifest: manifest["variants"][place].update(changes)


def proof(**changes: Any) -> Change:
    return lambda manifest: manifest["variants"][1]["proofs"][0].update(changes)


MANIFESTS: dict[str, tuple[Change, str, str, str]] = {
    "newer schema": (
        lambda m: m.update(schema_version=4, added={}),
        "bundle",
        "manifest",
        "written for schema 4, this program reads 1 to 3",
    ),
    "unknown field": (lambda m: m.update(run="rm"), "bundle", "manifest", "run: Extra inputs"),
    "file elsewhere": (variant(0, file="../model.onnx"), "bundle", "manifest", "variants.0.file"),
    "no hash": (lambda m: m["files"].pop("model.onnx"), "bundle", "manifest", "without a hash"),
    "hash of another kind": (lambda m: m["files"].update({"card.md": "md5:0"}), "bundle", "manifest", "files.card.md"),
    "benign melanoma": (misdivide, "bundle", "classes", r"Received \['MEL Melanoma \(not malignant\)'"),
    "class too few": (seven, "bundle", "classes", "classes are not those that are served"),
    "other order": (reorder, "bundle", "classes", r"Received \['SCC"),
    "another opset": (variant(0, opset=19), "float32", "label", r"Expected \[19\]. Received \[18\]"),
    "another IR": (variant(0, ir=8), "float32", "label", "Expected version 8. Received 9"),
    "an output more": (
        variant(0, outputs=["logits", "evidence"]),
        "float32",
        "ports",
        "outputs do not fit.*'evidence'",
    ),
    "logits not first": (variant(0, outputs=["evidence"]), "float32", "ports", "must be `logits` first"),
    "no outputs": (variant(0, outputs=[]), "float32", "ports", "must be `logits` first"),
    "another metadata": (
        lambda m: m.update(metadata={"sexes": ["female"]}),
        "bundle",
        "golden.npz",
        "Expected .*metadata float32 .*13",
    ),
    "another image": (
        lambda m: m["image"].update(size=32),
        "bundle",
        "golden.npz",
        r"Expected image uint8 \(3, 32, 32, 3\)",
    ),
    "parity above tolerance": (variant(0, parity=0.1), "float32", "recorded logits", "parity must be within 0.0001"),
    "parity too good": (
        variant(1, parity=0.0, tolerance=1e-5),
        "int8",
        "recorded logits",
        "farther from Keras's than the manifest says",
    ),
    "prior of giants": (prior_of_giants, "float32", "decision", "The decision does not answer: overflow"),
    "no proof": (variant(1, proofs=[]), "int8", "proofs", "no proof that int8"),
    "proof of a loss": (
        proof(difference=-0.02, interval=[-0.004, 0]),
        "int8",
        "proofs",
        "more than the bound. Expected at most 0.005",
    ),
    "proof too wide": (proof(interval=[-0.02, 0.02]), "int8", "proofs", "is not ruled out"),
    "bound of its own": (
        proof(difference=-0.02, interval=[-0.03, 0], bound=0.5),
        "int8",
        "proofs",
        "too large.*Expected at most 0.005",
    ),
    "tolerance of anything": (
        variant(0, tolerance=100.0),
        "float32",
        "recorded logits",
        "The tolerance proves nothing",
    ),
    "first in int8": (
        lambda m: m.update(variants=m["variants"][1:]),
        "int8",
        "proofs",
        "first variant must be in float32",
    ),
}


@pytest.mark.parametrize(("change", "subject", "check", "reason"), MANIFESTS.values(), ids=MANIFESTS.keys())
def test_it_is_refused(small: Path, change: Change, subject: str, check: str, reason: str) -> None:
    edit_manifest(small, change)
    told = [said for where, name, said in failures(small) if (where, name) == (subject, check)]
    assert told, failures(small)
    assert re.search(reason, told[0]), told[0]
