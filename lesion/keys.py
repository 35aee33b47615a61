"""Keys in the files of the minisign command: public ones of those whose bundles may answer, secret ones to sign with.

NAME.pub    two lines, an untrusted comment and base64; several such files may stand in one, so that keys can be rotated
NAME.key    the same of a secret key, under a password or bare
"""

import os
from base64 import b64decode
from collections.abc import Callable, Mapping
from pathlib import Path

from minisign import Error, KeyPair, ParseError, PublicKey, SecretKey

PublicKeys = Mapping[str, PublicKey]
"""By key id."""

_COMMENT = "untrusted comment:"
# scrypt with N = 2^17, r = 8, p = 1, in the limits that the key file states them by: 128 MiB for a moment.
_OPERATIONS, _MEMORY_BYTES = 2**22, 2**27


class InvalidKey(ValueError):
    """The file is no key of minisign, cannot be read, or is not opened by the password given."""


def read_public_keys(path: Path) -> PublicKeys:
    """Every key of a file, by key id. Raises `InvalidKey`."""
    lines = [line.strip() for line in _read(path).decode("ascii", errors="replace").splitlines()]
    encoded = [line for line in lines if line and not line.startswith(_COMMENT)]
    try:
        keys = [PublicKey.from_base64(line) for line in encoded]
    except ParseError as error:
        raise InvalidKey(f"{path} holds what is no public key of minisign: {error}. {_EXPECTED}") from error
    if not keys:
        raise InvalidKey(f"{path} holds no key. {_EXPECTED}")
    return {key_id(key.to_base64()): key for key in keys}


_EXPECTED = "Expected two lines a key: an untrusted comment, and base64 that begins with RW."


def read_secret_key(path: Path, password: Callable[[], str]) -> SecretKey:
    """The key of a file; `password` is asked only where the file is under one. Raises `InvalidKey`."""
    try:
        key = SecretKey.from_bytes(_read(path))
    except ParseError as error:
        raise InvalidKey(f"{path} is no secret key of minisign: {error}.") from error
    if key.is_encrypted():
        try:
            key.decrypt(password())
        except Error as error:
            raise InvalidKey(f"{path} is not opened: {error}.") from error
    return key


def generate(name: Path, password: Callable[[], str] | None = None) -> tuple[Path, Path, str]:
    """Write `<name>.pub` and `<name>.key`, which only its owner can read; returns both paths and the key id.

    `password` is asked once nothing stands in the way; None leaves the key bare.
    Raises `FileExistsError` rather than lose a key.
    """
    public, secret = Path(f"{name}.pub"), Path(f"{name}.key")
    for path in (public, secret):
        if path.exists():
            raise FileExistsError(f"{path} is there already; a key is never overwritten.")
    secret.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    pair = KeyPair.generate()
    identity = key_id(pair.public_key.to_base64())
    # The library writes the id's bytes in the other order than the minisign command does.
    pair.public_key.untrusted_comment = f"minisign public key {identity}"
    with pair.secret_key as key:
        if password is not None:
            key.encrypt(password(), opslimit=_OPERATIONS, memlimit=_MEMORY_BYTES)
        _write(secret, bytes(key), 0o600)
    _write(public, bytes(pair.public_key), 0o644)
    return public, secret, identity


def key_id(encoded: bytes) -> str:
    """Id of a public key, or of the key that a signature names, from its base64: as the minisign command prints it."""
    return b64decode(encoded)[2:10][::-1].hex().upper()


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise InvalidKey(f"{path} cannot be read: {error.strerror}.") from error


def _write(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content + b"\n")
