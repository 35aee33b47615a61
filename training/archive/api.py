"""The ISIC Archive's API, version 2: pages of a search, one image, one collection, who is logged in.

Every answer is checked for its shape here, every refusal becomes `InvalidData` here.
"""

import json
from collections.abc import Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

import httpx
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from training.archive.exchange import Answer, Pace, exchange
from training.archive.retry import Patience, Transient
from training.archive.session import Session
from training.archive.tokens import origin_of
from training.errors import InvalidData

API = "https://api.isic-archive.com/api/v2/"
MOST_ON_A_PAGE = 100
T = TypeVar("T")


class File(BaseModel):
    """Where a file is, by an address that is signed and expires, and its size in bytes."""

    url: str
    size: int = Field(ge=1)


class Files(BaseModel):
    """An image's files; the thumbnail does not concern us."""

    full: File


class ArchiveImage(BaseModel):
    """What the archive says of one image. `metadata` is by group: acquisition, clinical."""

    # It becomes a file name: nothing but this form may pass.
    isic_id: str = Field(pattern="^ISIC_[0-9]{7}$")
    copyright_license: str
    attribution: str
    files: Files
    metadata: dict[str, dict[str, Any]]


class Page(BaseModel):
    """One page of a search. Only the first tells how many images there are; `next` is an address to follow as it is."""

    results: list[dict[str, Any]]
    count: int | None = Field(None, ge=0)
    next: str | None = None


class Collection(BaseModel):
    """A collection's number and name."""

    id: int
    name: str


class Credit(BaseModel):
    """How many images of a collection are under one license and attribution."""

    license: str
    attribution: str
    count: int


class User(BaseModel):
    """Who is logged in."""

    email: str


class Archive:
    """An ISIC Archive, asked anonymously or with a session. Safe to use from many tasks at once."""

    def __init__(
        self, api: str, client: httpx.AsyncClient, patience: Patience, pace: Pace, session: Session | None = None
    ) -> None:
        """Raises `InvalidData` when `api` is no http(s) address."""
        self.api = api_address(api)
        self.client = client
        self.patience = patience
        self.pace = pace
        self.session = session

    def search_address(self, query: str, collections: Sequence[int], size: int = MOST_ON_A_PAGE) -> str:
        """The address of a search's first page, of at most `size` images."""
        fields = {"query": query, "collections": ",".join(map(str, collections)), "limit": str(size)}
        return f"{self.api}images/search/?{urlencode({name: value for name, value in fields.items() if value})}"

    async def page(self, address: str) -> Page:
        """One page of a search. Raises `InvalidData` when the archive refuses the query or gives no page."""
        return await self._get(address, Page)

    async def image(self, isic_id: str) -> ArchiveImage:
        """One image, with fresh addresses of its files. Raises `InvalidData` when there is none that we may see."""
        image = await self._get(f"{self.api}images/{isic_id}/", ArchiveImage)
        if image.isic_id != isic_id:
            raise InvalidData(f"The archive gave another image. Expected {isic_id}. Received {image.isic_id}.")
        return image

    async def collection(self, number: int) -> Collection:
        """One collection. Raises `InvalidData` when there is none that we may see."""
        return await self._get(f"{self.api}collections/{number}/", Collection)

    async def credits(self, number: int) -> list[Credit]:
        """Licenses and attributions of a collection's images. Raises `InvalidData` when the archive does not tell."""
        return await self._get(f"{self.api}collections/{number}/attribution/", list[Credit])

    async def user(self) -> User:
        """Who is logged in. Raises `InvalidData` when nobody is."""
        return await self._get(f"{self.api}users/me/", User)

    async def _get(self, address: str, shape: type[T]) -> T:
        try:
            origin = origin_of(httpx.URL(address))
        except httpx.InvalidURL as error:
            raise InvalidData("The archive led to an address that is none.") from error
        if origin != origin_of(self.api):
            raise InvalidData(
                f"The archive led to another server, which we do not follow. Expected {origin_of(self.api)}. "
                f"Received {origin}."
            )
        try:
            return await self.patience.insist(lambda: self._attempt(address, shape))
        except Transient as error:
            raise InvalidData(f"The archive did not answer, asked {self.patience.attempts} times: {error}.") from error

    async def _attempt(self, address: str, shape: type[T]) -> T:
        answer = await self._send(address)
        if not answer.ok:
            raise InvalidData(_refusal(answer, httpx.URL(address)))
        try:
            told = json.loads(answer.body)
        except ValueError as error:
            # A proxy's or a maintenance page.
            raise Transient(f"{self.api.host} answered something that is not JSON") from error
        try:
            return TypeAdapter(shape).validate_python(told)
        except ValidationError as error:
            raise InvalidData(f"The archive's answer is not as documented: {explain(error)}.") from error

    async def _send(self, address: str) -> Answer:
        if self.session is None:
            return await exchange(self.client, self._request(address), self.pace)
        token = await self.session.current()
        answer = await exchange(self.client, self._request(address, token.access_token), self.pace)
        if answer.status == 401:
            token = await self.session.current(refused=token)
            answer = await exchange(self.client, self._request(address, token.access_token), self.pace)
        return answer

    def _request(self, address: str, access_token: str | None = None) -> httpx.Request:
        headers = {"Accept": "application/json"}
        if access_token is not None:
            headers["Authorization"] = f"Bearer {access_token}"
        return self.client.build_request("GET", address, headers=headers)


def api_address(api: str) -> httpx.URL:
    """The API's address with its closing slash. Raises `InvalidData` when it is no http(s) address."""
    try:
        url = httpx.URL(api if api.endswith("/") else f"{api}/")
    except httpx.InvalidURL as error:
        raise InvalidData(f"The API must be an address such as {API}. Received {api!r}.") from error
    if url.scheme not in {"http", "https"} or not url.host:
        raise InvalidData(f"The API must be an address such as {API}. Received {api!r}.")
    return url


def explain(error: ValidationError) -> str:
    """Where a record differs from its documented shape, without its values: they may hold signed addresses."""
    return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in error.errors()[:3])


def _refusal(answer: Answer, url: httpx.URL) -> str:
    said = _said(answer.body)
    if answer.status == 400:
        return f"The archive refused the search {url.params.get('query', '')!r}: {said}"
    if answer.status in {401, 403}:
        return f"The archive refuses us ({answer.status}: {said}). Log in (again): python -m training login"
    if answer.status == 404:
        return f"The archive has no {url.path}, or none that we may see ({said}). Private ones need a login."
    return f"The archive did not accept {url.path}: {answer.status}, {said}"


def _said(body: bytes) -> str:
    try:
        told = json.loads(body)
    except ValueError:
        return "no reason given"
    if isinstance(told, dict):
        told = told.get("message") or told.get("detail") or told
    return told if isinstance(told, str) else json.dumps(told)[:300]
