"""keygen: a pair of keys to sign bundles with, in the files of the minisign command."""

import argparse
from pathlib import Path


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "keygen",
        help="make the keys that bundles are signed and checked with",
        description="Writes NAME.key, which signs and stays with whoever vouches for models, and NAME.pub, which goes "
        "to every server. The password is asked for, or read from DERMSERVE_SIGNING_PASSWORD.",
    )
    parser.add_argument("name", type=Path, metavar="NAME", help="path without an ending, such as keys/dermoscopy")
    parser.add_argument("--no-password", action="store_true", help="leave the secret key bare: the file alone signs")
    parser.set_defaults(run=_keygen)


def _keygen(options: argparse.Namespace) -> None:
    from export import password
    from lesion.keys import generate

    public, secret, identity = generate(options.name, None if options.no_password else password.choose)
    print(f"key {identity}: {secret} signs, {public} is for DERMSERVE_PUBLIC_KEY")
