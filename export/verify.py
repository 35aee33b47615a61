"""Everything that the receiver of a bundle should doubt, in an order in which nothing is opened before it is known.

Files and signature, manifest, golden inputs, then for every variant: its graph as it is written, its weights, how much
memory it asks for, and only then ONNX Runtime. A graph is parsed from the very bytes that were hashed. What ONNX
Runtime does with a graph that passes is its own affair: a bundle of unknown origin belongs in a sandbox, or under a
signature.
"""

from dataclasses import dataclass
from pathlib import Path

from export.checks.answers import check_explanation, check_recorded, check_replay
from export.checks.findings import Finding, Findings
from export.checks.graph import check_closed, check_well_formed, read_graph
from export.checks.identity import check_card, check_digest, read_hashed, read_manifest
from export.checks.label import check_label
from export.checks.ports import check_ports
from export.checks.promises import check_classes, check_decision, check_proofs
from export.checks.session import DEVICES, open_session
from export.checks.sizes import check_sizes
from export.checks.weights import check_weights
from lesion.golden import GOLDEN_FILE, Golden
from lesion.keys import PublicKeys
from lesion.manifest import MANIFEST_FILE, Manifest
from lesion.signature import verify_signature
from lesion.variant import BOUND, Variant

BUNDLE = "bundle"


@dataclass(frozen=True)
class Doubts:
    """What a receiver knows from elsewhere, and where the bundle is to run."""

    provider: str = "cpu"
    digest: str | None = None
    keys: PublicKeys | None = None
    bound: float = BOUND
    """The largest loss of balanced accuracy that a variant may state as its bound."""


def verify(directory: Path, doubts: Doubts) -> tuple[Finding, ...]:
    """Check a bundle; never raises for what is wrong with it. What rests on a check that failed is not done."""
    findings = Findings()
    if manifest := _identified(directory, doubts, findings):
        golden = _whole(directory, manifest, findings)
        if golden is not None:
            for variant in manifest.variants:
                _variant(directory, manifest, variant, golden, doubts, findings)
    return tuple(findings.listed)


def accepted(findings: tuple[Finding, ...]) -> bool:
    """Whether nothing failed."""
    return Findings(list(findings)).accepted


def _identified(directory: Path, doubts: Doubts, findings: Findings) -> Manifest | None:
    """The manifest, once it is the one that was meant; nothing of it is parsed before."""
    content = findings.attempt(BUNDLE, "manifest file", lambda: read_manifest(directory))
    if content is None or findings.attempt(BUNDLE, "digest", lambda: check_digest(content, doubts.digest)) is None:
        return None
    keys = doubts.keys
    if keys is None:
        findings.skip(BUNDLE, "signature", "no public key was given")
    elif (
        findings.attempt(BUNDLE, "signature", lambda: f"by key {verify_signature(directory, keys, content).key_id}")
        is None
    ):
        return None
    return findings.attempt(BUNDLE, "manifest", lambda: Manifest.parse(directory / MANIFEST_FILE, content))


def _whole(directory: Path, manifest: Manifest, findings: Findings) -> Golden | None:
    """The golden inputs, once every file is the one that the manifest lists."""

    def files() -> str:
        manifest.verify(directory)
        return f"{len(manifest.files)} files"

    def place() -> str:
        manifest.expect_at(directory)
        return f"{manifest.name} version {manifest.version}"

    findings.attempt(BUNDLE, "place", place)
    findings.attempt(BUNDLE, "classes", lambda: check_classes(manifest))
    if findings.attempt(BUNDLE, "files", files) is None:
        return None
    findings.attempt(BUNDLE, "card", lambda: check_card(directory, manifest))
    return findings.attempt(BUNDLE, GOLDEN_FILE, lambda: _golden(directory, manifest))


def _golden(directory: Path, manifest: Manifest) -> Golden:
    return Golden.parse(directory / GOLDEN_FILE, read_hashed(directory / GOLDEN_FILE, manifest), manifest)


def _variant(
    directory: Path, manifest: Manifest, variant: Variant, golden: Golden, doubts: Doubts, findings: Findings
) -> None:
    name, provider = variant.precision, doubts.provider
    findings.attempt(name, "proofs", lambda: check_proofs(manifest, variant, doubts.bound))
    if findings.attempt(name, "recorded logits", lambda: check_recorded(golden, variant)) is not None:
        findings.attempt(name, "decision", lambda: check_decision(golden, manifest, variant))
    content = _sound(directory, manifest, variant, findings)
    if content is None:
        return
    # The first is what all others are compared with: it runs wherever it is asked to, or nothing would be replayed.
    if variant != manifest.variants[0] and DEVICES[provider] not in variant.devices:
        findings.skip(name, "runtime", f"it is meant for {', '.join(variant.devices)}, not for {provider}")
        return
    session = findings.attempt(name, "runtime", lambda: open_session(content, provider))
    if session is None or findings.attempt(name, "replay", lambda: check_replay(session, golden, variant)) is None:
        return
    if "evidence" in variant.outputs:
        findings.attempt(name, "explanation", lambda: check_explanation(session, golden, variant))


def _sound(directory: Path, manifest: Manifest, variant: Variant, findings: Findings) -> bytes | None:
    """The bytes of a graph that may be opened."""
    name = variant.precision
    content = findings.attempt(name, "file", lambda: read_hashed(directory / variant.file, manifest))
    graph = None if content is None else findings.attempt(name, "graph", lambda: read_graph(content))
    if graph is None:
        return None
    checks = {
        "closed": lambda: check_closed(graph),
        "weights": lambda: check_weights(graph),
        "label": lambda: check_label(graph, variant),
        "ports": lambda: check_ports(graph, manifest, variant),
        "sizes": lambda: check_sizes(graph),
        "well-formed": lambda: check_well_formed(graph),
    }
    sound = all(findings.attempt(name, check, work) is not None for check, work in checks.items())
    return content if sound else None
