"""verify: replay everything that the receiver of a bundle should doubt."""

import argparse
import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

from export.commands.numbers import share
from lesion.variant import BOUND

if TYPE_CHECKING:
    from export.checks.findings import Finding

PROVIDERS = ("cpu", "cuda", "openvino", "tensorrt")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "verify",
        help="replay everything that the receiver of a bundle should doubt",
        description="Prints a line for each check and ends with status 1 when any failed. Without --public-key or "
        "--digest, a bundle is shown to be consistent and safe to open, not to be anybody's.",
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a version's directory: models/dermoscopy/2")
    parser.add_argument(
        "--provider", choices=PROVIDERS, default="cpu", help="must run every operator, without falling back to the CPU"
    )
    parser.add_argument("--public-key", type=Path, metavar="FILE", help="one of its keys must have signed the bundle")
    parser.add_argument("--digest", metavar="sha256:…", help="the bundle must be this very one")
    parser.add_argument(
        "--bound",
        type=share,
        default=BOUND,
        help=f"most balanced accuracy that a variant may lose, whatever it says itself (default: {BOUND})",
    )
    parser.add_argument("--json", action="store_true", help="one object for machines instead of lines")
    parser.set_defaults(run=_verify)


def _verify(options: argparse.Namespace) -> int:
    from export.verify import Doubts, accepted, verify
    from lesion.keys import read_public_keys

    keys = None if options.public_key is None else read_public_keys(options.public_key)
    findings = verify(options.bundle, Doubts(options.provider, options.digest, keys, options.bound))
    passed = accepted(findings)
    if options.json:
        print(json.dumps(_for_machines(options.bundle, findings, accepted=passed), indent=2, ensure_ascii=False))
    else:
        for finding in findings:
            print(finding)
        print(f"{options.bundle}: {'accepted' if passed else 'REFUSED'}")
    return 0 if passed else 1


def _for_machines(bundle: Path, findings: "tuple[Finding, ...]", *, accepted: bool) -> dict[str, object]:
    return {"bundle": str(bundle), "accepted": accepted, "findings": [asdict(finding) for finding in findings]}
