"""An ISIC Archive in this process: the documented shapes, cursors, signatures and login of the real one, and faults.

What it knows of the real one: a page holds at most 100 images and only the first tells the count; a cursor is opaque; a
token it does not know makes a request anonymous, but for /users/me/; a file's address is signed, works for a while, and
the file host refuses a request that carries an Authorization header besides; API answers set a cookie.
"""

import base64
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable
from typing import Any, Self
from urllib.parse import parse_qs, urlencode

from tests.training.archive.faults import Fault
from tests.training.archive.handler import Reply, Server
from tests.training.archive.holdings import Holding
from tests.training.archive.oauth import OAuth
from tests.training.archive.search import Unparsable, parse

NAMES = {65: "Challenge 2019: Training"}


class FakeArchive:
    """Serves its holdings while it is open. `faults` are used up in order, by what is asked for:

    "search", "image ISIC_…", "file ISIC_…", "token".
    """

    def __init__(self, holdings: Iterable[Holding]) -> None:
        self.holdings = list(holdings)
        self.oauth = OAuth()
        self.faults: dict[str, deque[Fault]] = defaultdict(deque)
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.sent: Counter[str] = Counter()
        self.hold_files_after: int | None = None
        self.held: set[str] = set()
        self.at_once, self.most_at_once = 0, 0
        self.overlap = 0
        self.miscount = 0
        self.next_address: Callable[[str], str] = lambda address: address
        self.released = threading.Event()
        self.changed = threading.Condition()
        self._dead: set[str] = set()
        self._signed = 0
        self._server = Server(self)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.released.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def api(self) -> str:
        return f"{self.origin}/api/v2/"

    def fail(self, what: str, *faults: Fault) -> None:
        """Let the next requests for something go wrong, one a fault."""
        self.faults[what].extend(faults)

    def asked(self, what: str) -> int:
        """How often something was asked for."""
        with self.changed:
            return sum(key == what for key, _ in self.requests)

    def wait_until(self, holds: Callable[[], bool]) -> None:
        """Wait for the server to see something, such as a number of files sent."""
        with self.changed:
            assert self.changed.wait_for(holds, timeout=60)

    def take_fault(self, what: str) -> Fault | None:
        with self.changed:
            queue = self.faults[what]
            return queue.popleft() if queue else None

    def answer(self, path: str, query: dict[str, list[str]], authorization: str | None) -> Reply:
        """The API."""
        known = self.oauth.knows(authorization)
        match path.removeprefix("/api/v2/").strip("/").split("/"):
            case ["images", "search"] | ["images"]:
                return self._search(query, known=known)
            case ["images", isic_id]:
                found = [item for item in self._visible(known=known) if item.isic_id == isic_id]
                return (200, found[0].record(self._sign(found[0]))) if found else (404, {"detail": "Not Found"})
            case ["collections", number, *rest] if number.isdigit():
                return self._collection(int(number), rest, known=known)
            case ["users", "me"]:
                return (200, {"id": 1, "email": "reader@example.org"}) if known else (401, {"detail": "Unauthorized"})
        return 404, {"detail": "Not Found"}

    def file(self, isic_id: str, query: dict[str, list[str]], headers: dict[str, str]) -> tuple[int, bytes]:
        """The file host."""
        if "authorization" in headers or "cookie" in headers:
            return 400, b"<Error><Code>InvalidArgument</Code></Error>"
        signature = query.get("Signature", [""])[0]
        if not signature.startswith(f"{isic_id}-") or signature in self._dead:
            return 403, b"<Error><Code>AccessDenied</Code></Error>"
        return 200, next(item.data for item in self.holdings if item.isic_id == isic_id)

    def expire(self, query: dict[str, list[str]]) -> None:
        """End an address for good: only a fresh one works."""
        self._dead.add(query["Signature"][0])

    def _visible(self, *, known: bool) -> list[Holding]:
        return [item for item in self.holdings if item.public or known]

    def _search(self, query: dict[str, list[str]], *, known: bool) -> Reply:
        asked = {name: values[0] for name, values in query.items()}
        try:
            wanted = parse(asked.get("query", ""))
        except Unparsable:
            return 400, {"message": "Could not parse search query."}
        if not all(number.isdigit() for number in asked.get("collections", "0").split(",")):
            return 422, {"detail": {"collections": ["A valid integer is required."]}}
        collections = {int(number) for number in asked.get("collections", "").split(",") if number}
        found = [
            item
            for item in self._visible(known=known)
            if wanted(item.fields) and (not collections or collections & item.collections)
        ]
        return 200, self._page(found, asked)

    def _page(self, found: list[Holding], asked: dict[str, str]) -> dict[str, Any]:
        size = min(int(asked.get("limit", "100")), 100)
        cursor = asked.get("cursor")
        start = 0 if cursor is None else int(parse_qs(base64.b64decode(cursor).decode())["p"][0])
        end = start + size
        more = end < len(found)
        return {
            "results": [item.record(self._sign(item)) for item in found[start:end]],
            "count": len(found) + self.miscount if cursor is None else None,
            "next": self.next_address(self._link(asked, end - self.overlap)) if more else None,
            "previous": self._link(asked, max(0, start - size)) if start else None,
        }

    def _link(self, asked: dict[str, str], position: int) -> str:
        cursor = base64.b64encode(urlencode({"p": position}).encode()).decode()
        return f"{self.api}images/search/?{urlencode(sorted({**asked, 'cursor': cursor}.items()))}"

    def _collection(self, number: int, rest: list[str], *, known: bool) -> Reply:
        if number not in NAMES:
            return 404, {"detail": "Not Found"}
        if rest == ["attribution"]:
            items = [item for item in self._visible(known=known) if number in item.collections]
            credit = Counter((item.license, item.attribution) for item in items)
            return 200, [{"license": pair[0], "attribution": pair[1], "count": count} for pair, count in credit.items()]
        return 200, {"id": number, "name": NAMES[number], "description": "", "public": True, "pinned": True}

    def _sign(self, item: Holding) -> str:
        with self.changed:
            self._signed += 1
            return (
                f"{self.origin}/files/{item.isic_id}.jpg?{urlencode({'Signature': f'{item.isic_id}-{self._signed}'})}"
            )
