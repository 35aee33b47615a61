"""The signature of a bundle: who vouches for its manifest, and by the hashes in there for every other file.

manifest.json.minisig is in the format of the minisign command (Ed25519 over the BLAKE2b-512 hash of manifest.json):

    minisign -Vm manifest.json -p NAME.pub

Whoever checks it needs neither a network nor a secret. Not taken: Sigstore, whose answer rests on a transparency log
and on roots of trust that change; a keyed hash, which would put the secret that signs into every server.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from minisign import ParseError, PublicKey, SecretKey, Signature, VerifyError

from lesion.bundle_files import read
from lesion.keys import InvalidKey, PublicKeys, key_id
from lesion.manifest import MANIFEST_FILE, SIGNATURE_FILE, InvalidBundle, Manifest, digest_of


@dataclass(frozen=True)
class Signer:
    """Who signed a bundle, and what was signed along with it."""

    key_id: str
    comment: str

    def __str__(self) -> str:
        return f"key {self.key_id}: {self.comment.replace(chr(9), ' ')}"

    @classmethod
    def of(cls, signature: Signature) -> Self:
        """What a signature claims; nothing of it has been checked."""
        return cls(key_id(bytes(signature).splitlines()[1]), signature.trusted_comment)


def verify_signature(directory: Path, keys: PublicKeys, content: bytes | None = None) -> Signer:
    """Check that one of the keys signed manifest.json as it is; nothing of the bundle is parsed before.

    Whoever goes on with the manifest gives the `content` that they read, so that what was verified is what is used.
    Raises `InvalidBundle` when there is no signature, it is malformed, of another key, or does not fit.
    """
    signature = _read(directory)
    signer = Signer.of(signature)
    if signer.key_id not in keys:
        raise InvalidBundle(
            f"{directory} was signed by another key. Expected one of {sorted(keys)}. Received {signer.key_id}."
        )
    if not signature.is_prehashed():
        raise InvalidBundle(
            f"{directory / SIGNATURE_FILE} is of minisign's legacy form. Expected one over the hash of the file, as "
            "minisign writes without -l."
        )
    _verify(directory, read(directory / MANIFEST_FILE) if content is None else content, keys[signer.key_id], signature)
    return signer


def claimed_signer(directory: Path) -> Signer | None:
    """Who is said to have signed; None where nobody is. Raises `InvalidBundle` when the signature is malformed."""
    return Signer.of(_read(directory)) if _is_signed(directory) else None


def sign(directory: Path, key: SecretKey, *, replace: bool = False) -> Signer:
    """Write manifest.json.minisig, once the bundle was found to be as its manifest says. The digest stays.

    Raises `InvalidBundle` when it is not, `FileExistsError` when it is signed already and `replace` is not set,
    `InvalidKey` when the key is damaged.
    """
    content = read(directory / MANIFEST_FILE)
    manifest = Manifest.parse(directory / MANIFEST_FILE, content)
    manifest.verify(directory)
    if _is_signed(directory) and not replace:
        raise FileExistsError(f"{directory} is signed already, in {SIGNATURE_FILE}.")
    signature = key.sign(content, trusted_comment=_comment(manifest, digest_of(content)))
    try:
        _verify(directory, content, key.get_public_key(), signature)
    except InvalidBundle as error:
        raise InvalidKey("The secret key is damaged: its public half does not verify what it signs.") from error
    (directory / SIGNATURE_FILE).write_bytes(bytes(signature) + b"\n")
    return Signer.of(signature)


def _comment(manifest: Manifest, identity: str) -> str:
    """In the form of minisign's own comments: tabs between names and values."""
    parts = {
        "timestamp": int(datetime.now(UTC).timestamp()),
        "file": MANIFEST_FILE,
        "name": manifest.name,
        "version": manifest.version,
        "digest": identity,
    }
    return "\t".join(f"{name}:{value}" for name, value in parts.items())


def _is_signed(directory: Path) -> bool:
    path = directory / SIGNATURE_FILE
    return path.is_symlink() or path.exists()


def _read(directory: Path) -> Signature:
    path = directory / SIGNATURE_FILE
    if not _is_signed(directory):
        raise InvalidBundle(f"{directory} is not signed. Expected {SIGNATURE_FILE} beside {MANIFEST_FILE}.")
    try:
        return Signature.from_bytes(read(path))
    except ParseError as error:
        raise InvalidBundle(f"{path} is malformed: {error}. Expected the four lines that minisign writes.") from error


def _verify(directory: Path, content: bytes, key: PublicKey, signature: Signature) -> None:
    try:
        key.verify(content, signature)
    except VerifyError as error:
        raise InvalidBundle(
            f"{directory / SIGNATURE_FILE} does not fit: {MANIFEST_FILE}, or the comment that was signed with it, was "
            f"changed since, or belongs to another version. Expected what key {key_id(key.to_base64())} signed."
        ) from error
