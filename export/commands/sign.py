"""sign: vouch for a bundle with a secret key."""

import argparse
from pathlib import Path


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "sign",
        help="sign a bundle",
        description="Checks the bundle's hashes and writes manifest.json.minisig beside its manifest, which the "
        "minisign command verifies too. The digest stays. The password of the key is asked for, or read from "
        "DERMSERVE_SIGNING_PASSWORD.",
    )
    parser.add_argument("bundle", type=Path, metavar="BUNDLE", help="a version, such as models/dermoscopy/2")
    parser.add_argument("--key", type=Path, required=True, help="secret key file, of keygen or of minisign")
    parser.add_argument("--force", action="store_true", help="replace a signature, as when keys are rotated")
    parser.set_defaults(run=_sign)


def _sign(options: argparse.Namespace) -> None:
    from export import password
    from lesion.keys import read_secret_key
    from lesion.manifest import digest
    from lesion.signature import sign

    with read_secret_key(options.key, password.ask) as key:
        signer = sign(options.bundle, key, replace=options.force)
    print(f"{options.bundle}: signed by key {signer.key_id}; {digest(options.bundle)}")
