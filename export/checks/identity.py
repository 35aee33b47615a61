"""The files of a bundle: that they are those that were meant, and the bytes that are then looked into."""

import hashlib
from pathlib import Path

from lesion.bundle_files import check_file, read
from lesion.manifest import MANIFEST_FILE, SIGNATURE_FILE, InvalidBundle, Manifest, digest_of

CARD_FILE = "card.md"


def read_manifest(directory: Path) -> bytes:
    """The content of the manifest, once it and a signature are plain files of a sane size. Raises `InvalidBundle`."""
    signature = directory / SIGNATURE_FILE
    if signature.is_symlink() or signature.exists():
        check_file(signature)
    return read(directory / MANIFEST_FILE)


def check_digest(content: bytes, expected: str | None) -> str:
    """The digest is the one that the receiver was told, if any. Returns it. Raises `InvalidBundle`."""
    received = digest_of(content)
    if expected not in (None, received):
        raise InvalidBundle(f"The digest is another. Expected {expected}. Received {received}.")
    return received


def check_card(directory: Path, manifest: Manifest) -> str:
    """There is a model card, of text. Raises `InvalidBundle`."""
    if CARD_FILE not in manifest.files:
        raise InvalidBundle(f"There is no model card. Expected {CARD_FILE}.")
    try:
        text = read(directory / CARD_FILE).decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidBundle(f"{CARD_FILE} is no text. Expected UTF-8.") from error
    if not text.strip():
        raise InvalidBundle(f"{CARD_FILE} is empty. Expected a model card.")
    return f"{len(text)} characters"


def read_hashed(path: Path, manifest: Manifest) -> bytes:
    """The bytes of a file, which are those of its hash: what is found of them holds for it. Raises `InvalidBundle`."""
    if path.name not in manifest.files:
        raise InvalidBundle(f"{path} is not listed. Expected one of {sorted(manifest.files)}.")
    content = read(path)
    if (received := hashlib.sha256(content).hexdigest()) != (expected := manifest.files[path.name]):
        raise InvalidBundle(f"{path} was changed. Expected sha256 {expected}. Received {received}.")
    return content
