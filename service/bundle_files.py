"""The files of a bundle as bytes: what was hashed is what is used."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from lesion.bundle_files import read
from lesion.manifest import InvalidBundle, Manifest


@dataclass(frozen=True)
class BundleFiles:
    """BundleFiles(directory, Manifest.read(directory)).read("golden.npz")"""

    directory: Path
    manifest: Manifest

    def path(self, name: str) -> Path:
        """Where a file lies."""
        return self.directory / name

    def read(self, name: str) -> bytes:
        """A listed file. Raises `InvalidBundle` when it is not listed, cannot be read, or has another hash.

        Read once and hashed in memory: nobody can change it between the check and its use.
        """
        expected, path = self.manifest.files.get(name), self.path(name)
        if expected is None:
            raise InvalidBundle(f"{path} is not listed. Expected one of {sorted(self.manifest.files)}.")
        content = read(path)
        received = hashlib.sha256(content).hexdigest()
        if received != expected:
            raise InvalidBundle(f"{path} was changed. Expected sha256 {expected}. Received {received}.")
        return content
