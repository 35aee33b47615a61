"""The images of a search, each once, page after page as they are asked for."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from training.archive.api import MOST_ON_A_PAGE, Archive, ArchiveImage, Page, explain
from training.errors import InvalidData


@dataclass(frozen=True)
class Search:
    """What is asked for: a query in the archive's language, collections, and how many images at most."""

    query: str = ""
    collections: tuple[int, ...] = ()
    limit: int | None = None


@dataclass(frozen=True)
class Listed:
    """An image of a search: the archive's record as it came, and what we read in it."""

    record: dict[str, Any]
    image: ArchiveImage


class _Named(BaseModel):
    isic_id: str = Field(pattern="^ISIC_[0-9]{7}$")


class Listing:
    """A search whose first page is there. Iterate it once; then its attributes tell how the listing went.

    `total`: how many images the archive counts, or the limit when that is less. `names`: the ids listed.
    `malformed`: id and reason of each record that is not as documented. `broken`: why later pages could not be had.
    """

    def __init__(self, archive: Archive, first: Page, limit: int | None) -> None:
        self.archive = archive
        self.limit = limit
        self.total = min(first.count or 0, limit or first.count or 0)
        self.names: set[str] = set()
        self.malformed: dict[str, str] = {}
        self.broken: str | None = None
        self._first = first

    @classmethod
    async def open(cls, archive: Archive, search: Search) -> "Listing":
        """Ask for the first page. Raises `InvalidData` when the archive refuses the search or finds no image."""
        size = min(MOST_ON_A_PAGE, search.limit or MOST_ON_A_PAGE)
        first = await archive.page(archive.search_address(search.query, search.collections, size))
        if first.count is None:
            raise InvalidData("The archive did not tell how many images the search has. Expected `count`.")
        if first.count == 0:
            raise InvalidData(
                f"The archive finds no image for query {search.query!r} and collections {list(search.collections)} "
                "that we may see. Private ones need a login."
            )
        return cls(archive, first, search.limit)

    async def images(self) -> AsyncIterator[Listed]:
        """The images, as far as pages can be had. A page is asked for when the one before it is used up."""
        try:
            async for record in self._records():
                listed = self._read(record)
                if listed is not None:
                    yield listed
                if len(self.names) == self.limit:
                    return
        except InvalidData as error:
            self.broken = str(error)

    async def _records(self) -> AsyncIterator[dict[str, Any]]:
        page, asked = self._first, set[str]()
        while True:
            for record in page.results:
                yield record
            if page.next is None:
                return
            if page.next in asked:
                raise InvalidData("The archive's pages lead in a circle.")
            asked.add(page.next)
            page = await self.archive.page(page.next)

    def _read(self, record: dict[str, Any]) -> Listed | None:
        """What a record says; None when it was listed before or is not as documented."""
        try:
            name = _Named.model_validate(record).isic_id
        except ValidationError as error:
            raise InvalidData(f"The archive listed an image without an id: {explain(error)}.") from error
        if name in self.names:
            return None
        self.names.add(name)
        try:
            return Listed(record, ArchiveImage.model_validate(record))
        except ValidationError as error:
            self.malformed[name] = f"the archive's record is not as documented: {explain(error)}"
            return None
