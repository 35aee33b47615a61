"""The password of a signing key: from the environment, where nobody can be asked, or from whoever sits there."""

import os
from getpass import getpass

from lesion.keys import InvalidKey

VARIABLE = "DERMSERVE_SIGNING_PASSWORD"


def ask() -> str:
    """The password of a key that exists. Raises `InvalidKey` when there is nobody to ask."""
    given = os.environ.get(VARIABLE)
    return _prompt("Password of the key: ") if given is None else given


def choose() -> str:
    """The password of a new key, asked for twice. Raises `InvalidKey` when the two differ, or it is empty."""
    given = os.environ.get(VARIABLE)
    if given is None:
        given = _prompt("Password of the new key: ")
        if _prompt("Once more: ") != given:
            raise InvalidKey("The two passwords differ.")
    if not given:
        raise InvalidKey("The password is empty. Expected one, or --no-password.")
    return given


def _prompt(text: str) -> str:
    try:
        return getpass(text)
    except EOFError as error:
        raise InvalidKey(f"The key needs a password. Expected it in {VARIABLE}, or at a terminal.") from error
