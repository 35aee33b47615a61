"""The tokens of archives, in one file that only its user can read."""

import json
import os
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import httpx
import platformdirs
from filelock import AsyncFileLock
from pydantic import TypeAdapter, ValidationError

from training.errors import InvalidData

FILE = "isic-archive.json"
LEEWAY_S = 60
"""A token is renewed this long before it expires, so that it does not expire on the way."""


@dataclass(frozen=True)
class Token:
    """What a login gave: secrets, which no printed form of it shows, and until when they hold (Unix time)."""

    client_id: str
    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    expires_at: float

    @property
    def expired(self) -> bool:
        """Whether it must be renewed before the next request."""
        return time.time() > self.expires_at - LEEWAY_S


class Tokens:
    """Tokens by origin (https://api.isic-archive.com), in `folder`/isic-archive.json: file 0600, folder 0700."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE

    @classmethod
    def of_user(cls) -> "Tokens":
        """Those in the user's configuration directory."""
        return cls(platformdirs.user_config_path("dermserve"))

    def read(self, origin: str) -> Token | None:
        """The token for an origin. Raises `InvalidData` on a damaged file."""
        entry = self._read_all().get(origin)
        try:
            return None if entry is None else TypeAdapter(Token).validate_python(entry)
        except ValidationError:
            # It quotes what it found: secrets.
            raise self._damaged(f"the entry of {origin} is no token") from None

    def save(self, origin: str, token: Token) -> None:
        """Keep a token in place of the one for this origin."""
        self._write_all({**self._read_all(), origin: asdict(token)})

    def remove(self, origin: str) -> None:
        """Forget the token for an origin."""
        self._write_all({name: entry for name, entry in self._read_all().items() if name != origin})

    def lock(self) -> AsyncFileLock:
        """Held while a token is renewed: two programs must not spend one refresh token."""
        self._make_folder()
        return AsyncFileLock(self.path.with_suffix(".lock"), mode=0o600)

    def _read_all(self) -> dict[str, Any]:
        try:
            entries = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {}
        except ValueError as error:
            raise self._damaged("it is not JSON") from error
        if not isinstance(entries, dict):
            raise self._damaged("it is not a JSON object")
        return entries

    def _write_all(self, entries: dict[str, Any]) -> None:
        self._make_folder()
        aside = self.path.with_name(f"{FILE}.{os.getpid()}.aside")
        aside.unlink(missing_ok=True)
        # Born with its mode: never readable by others, not even for a moment.
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(entries, file, indent=1)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self.path)

    def _make_folder(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.parent.chmod(0o700)

    def _damaged(self, what: str) -> InvalidData:
        return InvalidData(f"{self.path} is damaged: {what}. Delete it and log in again: python -m training login")


def origin_of(url: httpx.URL) -> str:
    """Scheme, host and port: what a token belongs to."""
    port = "" if url.port is None else f":{url.port}"
    host = f"[{url.host}]" if ":" in url.host else url.host
    return f"{url.scheme}://{host}{port}"
