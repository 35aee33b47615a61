"""python -m training fetch, from top to bottom: folder, archive, listing, downloads, catalog, outcome."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tqdm import tqdm

from training.archive.api import API, Archive, api_address
from training.archive.download import Downloads, NotFetched
from training.archive.exchange import Pace, open_client
from training.archive.folder import Folder, open_folder
from training.archive.listing import Listed, Listing, Search
from training.archive.login import Login
from training.archive.outcome import Outcome
from training.archive.retry import Patience
from training.archive.session import Session
from training.archive.tokens import Tokens, origin_of
from training.errors import InvalidData


@dataclass(frozen=True)
class Order:
    """What to fetch, from where, and how: `tokens` None asks anonymously; `tell` receives lines for a person."""

    search: Search
    api: str = API
    tokens: Tokens | None = None
    workers: int = 8
    patience: Patience = field(default_factory=Patience)
    pace: Pace = field(default_factory=Pace)
    tell: Callable[[str], None] = lambda _: None

    @property
    def identity(self) -> dict[str, Any]:
        """What makes two fetches the same: all but how many."""
        collections = sorted(set(self.search.collections))
        return {"api": str(api_address(self.api)), "query": self.search.query.strip(), "collections": collections}


def fetch(order: Order, out: Path) -> Outcome:
    """Bring the images of a search into `out`, with their catalog. Files of an earlier, unfinished fetch are kept.

    Images that fail are named in the outcome, in failed.csv and in left-out.csv.

    Raises `InvalidData` when the search is refused or finds nothing, the login has ended, `out` is another search's or
    in use, or a file cannot be written.
    """
    try:
        with open_folder(out, order.identity) as folder:
            return asyncio.run(_fetch(order, folder))
    except* OSError as errors:
        reason = errors.exceptions[0]
        raise InvalidData(f"Cannot go on: {reason}. What was fetched is kept; run the command again.") from errors


async def _fetch(order: Order, folder: Folder) -> Outcome:
    async with _connect(order, folder) as downloads:
        await _introduce(order, downloads.archive)
        listing = await Listing.open(downloads.archive, order.search)
        outcome = await _download_all(order, listing, downloads, folder)
    folder.write_failed(outcome.failed)
    folder.write_attribution((*credit, count) for credit, count in outcome.credits.most_common())
    folder.write_catalog(outcome.records, outcome.left_out)
    others = folder.count_files() - outcome.fetched
    if others > 0:
        order.tell(f"{others} more files in {folder.images} are of a larger fetch: this catalog does not name them")
    return outcome


@asynccontextmanager
async def _connect(order: Order, folder: Folder) -> AsyncIterator[Downloads]:
    """Two clients: what the API's carries (a token) never reaches a file host."""
    session = _session(order)
    async with open_client(order.pace) as client, open_client(order.pace, follow_redirects=True) as file_client:
        archive = Archive(order.api, client, order.patience, order.pace, session)
        yield Downloads(archive, file_client, folder, order.patience, order.pace)


def _session(order: Order) -> Session | None:
    origin = origin_of(api_address(order.api))
    if order.tokens is None or order.tokens.read(origin) is None:
        return None
    return Session(order.tokens, Login(origin, patience=order.patience, pace=order.pace))


async def _introduce(order: Order, archive: Archive) -> None:
    """Say as whom we ask and for what, under which licenses, before gigabytes are fetched."""
    if archive.session is None:
        order.tell(f"{archive.api.host}, anonymously: public images only")
    else:
        # The archive answers a search with a token it does not know as it does an anonymous one: ask where it matters.
        order.tell(f"{archive.api.host}, as {(await archive.user()).email}")
    for number in order.search.collections:
        order.tell(f"collection {number}: {(await archive.collection(number)).name}")
        await _tell_credits(order, archive, number)


async def _tell_credits(order: Order, archive: Archive, number: int) -> None:
    try:
        for credit in await archive.credits(number):
            order.tell(f"  {credit.count} images, {credit.license}: {credit.attribution}")
    except InvalidData as error:
        # The archive does not document this sum. Each image's own record has what counts, and that is kept.
        order.tell(f"  licenses and attributions are not told beforehand: {error}")


async def _download_all(order: Order, listing: Listing, downloads: Downloads, folder: Folder) -> Outcome:
    """All images, `workers` at a time; as many again wait their turn, so that their signed addresses stay fresh."""
    outcome = Outcome()
    room, at_work = asyncio.Semaphore(2 * order.workers), asyncio.Semaphore(order.workers)

    async def bring(listed: Listed) -> None:
        try:
            async with at_work:
                outcome.add(listed, await downloads.fetch(listed.image))
        except NotFetched as error:
            outcome.fail(listed.image.isic_id, str(error))
        finally:
            room.release()
            bar.update()

    with tqdm(total=listing.total, unit="image", disable=None) as bar, folder.metadata() as write:
        async with asyncio.TaskGroup() as group:
            async for listed in listing.images():
                write(listed.record)
                await room.acquire()
                group.create_task(bring(listed))
    outcome.close(listing)
    return outcome
