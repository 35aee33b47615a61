"""Which code made a result: the commit of the checkout. Needs no Keras."""

import subprocess
from pathlib import Path


def git_revision() -> str:
    """Commit of the checkout, with `-dirty` when it has changes; `unknown` outside a checkout."""
    try:
        told = subprocess.run(
            ["git", "describe", "--always", "--dirty", "--abbrev=40"],  # noqa: S607
            capture_output=True,
            text=True,
            check=True,
            cwd=Path(__file__).parent,
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return told.stdout.strip()
