"""One image to its file: fetched from its signed address, checked whole, then given its name."""

import asyncio
import hashlib
import io
import os
from dataclasses import dataclass
from pathlib import Path

import httpx
from PIL import Image

from lesion.image import InvalidImage, decode
from training.archive.api import Archive, ArchiveImage
from training.archive.exchange import Pace, exchange
from training.archive.folder import Folder
from training.archive.retry import Patience, Transient
from training.errors import InvalidData

ADDRESSES = 3
"""How many addresses of one image are tried before its file counts as refused or spoiled."""


class NotFetched(Exception):
    """An image whose file did not come. Its text says why, without the signed address."""


class _Unusable(Exception):
    """What one address gave is of no use, and asking it again would give the same."""


@dataclass(frozen=True)
class Downloaded:
    """A whole image file: its name in images/, its content hash, and whether an earlier fetch had brought it."""

    file: str
    sha256: str
    kept: bool


class Downloads:
    """Brings image files into a folder. `client` asks file hosts: it must carry nothing of ours."""

    def __init__(
        self, archive: Archive, client: httpx.AsyncClient, folder: Folder, patience: Patience, pace: Pace
    ) -> None:
        self.archive = archive
        self.client = client
        self.folder = folder
        self.patience = patience
        self.pace = pace

    async def fetch(self, image: ArchiveImage) -> Downloaded:
        """The image's file, kept from an earlier fetch or downloaded. Raises `NotFetched` when it cannot be had."""
        kept = self.folder.kept(image)
        if kept is not None and await asyncio.to_thread(_is_whole, kept):
            return Downloaded(kept.name, await asyncio.to_thread(_hash, kept), kept=True)
        try:
            return await self._from_fresh_addresses(image)
        except (Transient, InvalidData, _Unusable) as error:
            raise NotFetched(str(error)) from error
        finally:
            self._partial(image).unlink(missing_ok=True)

    async def _from_fresh_addresses(self, image: ArchiveImage) -> Downloaded:
        for _ in range(ADDRESSES - 1):
            try:
                return await self._insist(image)
            except _Unusable:
                # Signatures expire: the archive signs anew whenever it is asked.
                image = await self.archive.image(image.isic_id)
        return await self._insist(image)

    async def _insist(self, image: ArchiveImage) -> Downloaded:
        return await self.patience.insist(lambda: self._download(image))

    async def _download(self, image: ArchiveImage) -> Downloaded:
        partial = self._partial(image)
        size = image.files.full.size
        content = hashlib.sha256()
        with partial.open("wb") as file:

            def take(piece: bytes) -> None:
                file.write(piece)
                content.update(piece)

            answer = await exchange(self.client, self._request(image), self.pace, take=take, expected_bytes=size)
            if not answer.ok:
                raise _Unusable(f"the file host refused {ADDRESSES} addresses, with {answer.status}")
            if file.tell() != size:
                raise Transient(f"the file is not whole: expected {size} bytes, received {file.tell()}")
            file.flush()
            await asyncio.to_thread(os.fsync, file.fileno())
        form = await asyncio.to_thread(_format, partial)
        return Downloaded(self.folder.place(partial, image.isic_id, form).name, content.hexdigest(), kept=False)

    def _request(self, image: ArchiveImage) -> httpx.Request:
        try:
            url = httpx.URL(image.files.full.url)
        except httpx.InvalidURL as error:
            raise InvalidData("the archive gave an address that is none") from error
        if self.archive.api.scheme == "https" and url.scheme != "https":
            raise InvalidData(f"the archive gave an address that is not https but {url.scheme!r}")
        # Not compressed on the way: the size told is that of the file.
        return self.client.build_request("GET", url, headers={"Accept-Encoding": "identity"})

    def _partial(self, image: ArchiveImage) -> Path:
        return self.folder.partial / image.isic_id


def _format(path: Path) -> str:
    """Pillow's name of a file's format, once every pixel has been decoded. Raises `_Unusable` on a damaged file."""
    data = path.read_bytes()
    try:
        decode(data)
    except InvalidImage as error:
        raise _Unusable(f"the file is no image we can read ({error})") from error
    with Image.open(io.BytesIO(data)) as image:
        return str(image.format)


def _is_whole(path: Path) -> bool:
    """Whether a file of an earlier fetch still decodes: its size alone would not show what a bad disk did to it."""
    try:
        _format(path)
    except _Unusable:
        return False
    return True


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
