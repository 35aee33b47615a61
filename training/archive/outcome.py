"""What a fetch brought, told so that nothing is lost without a word."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict

from training.archive.download import Downloaded
from training.archive.facts import read_facts
from training.archive.listing import Listed, Listing
from training.catalog import Facts, LeftOut, Record, reasons
from training.errors import InvalidData

NAMED = 5
"""How many failed images the last line names; failed.csv names all."""


class Outcome:
    """The ledger of a fetch: every image listed is a record, left out, or failed."""

    def __init__(self) -> None:
        self.records: list[Record] = []
        self.left_out: list[LeftOut] = []
        self.failed: dict[str, str] = {}
        self.credits: Counter[tuple[str, str]] = Counter()
        self.kept = 0
        self.total = 0
        self.listed = 0
        self.broken: str | None = None

    def add(self, listed: Listed, downloaded: Downloaded) -> None:
        """An image whose file is there."""
        self.kept += downloaded.kept
        self.credits[listed.image.copyright_license, listed.image.attribution] += 1
        try:
            read = read_facts(listed.image)
        except InvalidData as error:
            read = LeftOut(listed.image.isic_id, f"unreadable metadata: {error}")
        if isinstance(read, Facts):
            self.records.append(Record(**asdict(read), sha256=downloaded.sha256, file=downloaded.file))
        else:
            self.left_out.append(read)

    def fail(self, image_id: str, reason: str) -> None:
        """An image whose file is not there."""
        self.failed[image_id] = reason
        self.left_out.append(LeftOut(image_id, f"not fetched: {reason}"))

    def close(self, listing: Listing) -> None:
        """Take over how the listing went: what it found, what it could not read, whether it broke off."""
        for name, reason in listing.malformed.items():
            self.fail(name, reason)
        self.listed = len(listing.names)
        self.total = max(listing.total, self.listed)
        self.broken = listing.broken

    @property
    def fetched(self) -> int:
        """How many images have their file."""
        return self.listed - len(self.failed)

    @property
    def missing(self) -> int:
        """How many do not, those included that the archive counts and did not list."""
        return self.total - self.fetched

    @property
    def status(self) -> int:
        """Exit status: 0 only when nothing is missing, as far as the listing could tell."""
        return 1 if self.missing or self.broken is not None else 0

    def lines(self) -> Iterator[str]:
        """What a person should know, the last line saying whether all is there."""
        if self.kept:
            yield f"{self.kept} files were there already"
        if self.left_out:
            yield f"{len(self.left_out)} not in the catalog (left-out.csv):\n{reasons(self.left_out)}"
        if sites := self._sites_of_no_name():
            yield "sites that our vocabulary does not name, left unknown:\n" + "\n".join(
                f"  {count}: {words}" for words, count in sites.most_common()
            )
        if self.broken is not None:
            yield f"The listing broke off after {self.listed} of {self.total} images: {self.broken}"
        if self.total > self.listed:
            yield (
                f"{self.total - self.listed} images that the archive counts were not listed. "
                "Its count may lag behind by a day. Run the command again."
            )
        yield f"fetched {self.fetched} of {self.total}; failed: {self._failures()}"

    def _failures(self) -> str:
        if not self.missing:
            return "none" if self.broken is None else "unknown, since the listing broke off"
        words = sorted(self.failed)[:NAMED]
        if len(self.failed) > NAMED:
            words.append(f"{len(self.failed) - NAMED} more in failed.csv")
        if self.total > self.listed:
            words.append(f"{self.total - self.listed} not listed")
        return f"{self.missing} ({', '.join(words)})"

    def _sites_of_no_name(self) -> Counter[str]:
        return Counter(record.stated_site for record in self.records if record.stated_site and record.site is None)
