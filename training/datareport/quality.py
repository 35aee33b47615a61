"""What does not fit: images left out, pictures held twice, and lesions that contradict themselves."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from pydantic import BaseModel, ConfigDict

from training.catalog import LeftOut, Record
from training.datareport.pairs import KINDS, LABELS, Pair
from training.datareport.tables import CrossTable, cross, source_of

AGE_STEP_YEARS = 5
"""Ages are rounded to five years: a lesion watched across a birthday differs by one step."""
EXAMPLES = 5


class Reason(BaseModel):
    """Why images were left out, how many, and the first of them."""

    model_config = ConfigDict(frozen=True)

    reason: str
    images: int
    examples: tuple[str, ...]


class Conflict(BaseModel):
    """A lesion or patient whose images disagree."""

    model_config = ConfigDict(frozen=True)

    name: str
    values: tuple[str, ...]
    images: tuple[str, ...]


class Quality(BaseModel):
    """Everything a person should look at before a model does. Conflicts count stated values only."""

    model_config = ConfigDict(frozen=True)

    left_out: tuple[Reason, ...]
    near_searched: bool
    """Whether duplicates.csv was there; without it, only identical files are known."""
    pairs: CrossTable
    differing: tuple[Pair, ...]
    """Pairs whose labels differ, both images still in the catalog."""
    settled: tuple[Pair, ...]
    """Pairs whose labels differ, of which an image was left out."""
    labels: tuple[Conflict, ...]
    sexes: tuple[Conflict, ...]
    ages: tuple[Conflict, ...]
    sites: tuple[Conflict, ...]
    sources: tuple[Conflict, ...]
    patient_sexes: tuple[Conflict, ...]

    @property
    def conflicts(self) -> tuple[tuple[str, tuple[Conflict, ...]], ...]:
        """What is compared, and where it disagrees, in the order to read them."""
        return (
            ("Lesions with several labels", self.labels),
            ("Lesions with several sexes", self.sexes),
            (f"Lesions whose ages differ by more than {AGE_STEP_YEARS} years", self.ages),
            ("Lesions at several sites", self.sites),
            ("Lesions with images in several sources", self.sources),
            ("Patients with several sexes", self.patient_sexes),
        )


def describe_quality(
    records: Sequence[Record], left_out: Sequence[LeftOut], pairs: Sequence[Pair], *, near_searched: bool
) -> Quality:
    """Compare what belongs together."""
    lesions = _members(records, lambda record: record.lesion_id)
    patients = _members(records, lambda record: record.patient_id)
    held = {record.image_id for record in records}
    differing = [pair for pair in pairs if pair.labels == "differ"]
    return Quality(
        left_out=_reasons(left_out),
        near_searched=near_searched,
        pairs=cross(((pair.kind, pair.labels) for pair in pairs), rows=KINDS, columns=LABELS),
        differing=tuple(pair for pair in differing if {pair.a, pair.b} <= held),
        settled=tuple(pair for pair in differing if not {pair.a, pair.b} <= held),
        labels=_conflicts(lesions, lambda record: record.label),
        sexes=_conflicts(lesions, _sex),
        ages=_age_conflicts(lesions),
        sites=_conflicts(lesions, lambda record: record.site or ""),
        sources=_conflicts(lesions, source_of),
        patient_sexes=_conflicts(patients, _sex),
    )


def _reasons(left_out: Sequence[LeftOut]) -> tuple[Reason, ...]:
    named: dict[str, list[str]] = defaultdict(list)
    for item in left_out:
        named[item.reason].append(item.image_id)
    ranked = sorted(named.items(), key=lambda item: (-len(item[1]), item[0]))
    return tuple(Reason(reason=why, images=len(ids), examples=tuple(ids[:EXAMPLES])) for why, ids in ranked)


def _members(records: Iterable[Record], key: Callable[[Record], str]) -> dict[str, list[Record]]:
    members: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        if key(record):
            members[key(record)].append(record)
    return dict(sorted(members.items()))


def _conflicts(members: dict[str, list[Record]], value: Callable[[Record], str]) -> tuple[Conflict, ...]:
    return tuple(
        _conflict(name, own, values)
        for name, own in members.items()
        if len(values := {value(record) for record in own} - {""}) > 1
    )


def _sex(record: Record) -> str:
    return "" if record.sex in {None, "unknown"} else str(record.sex)


def _age_conflicts(members: dict[str, list[Record]]) -> tuple[Conflict, ...]:
    return tuple(
        _conflict(name, own, {f"{age:g}" for age in ages})
        for name, own in members.items()
        if (ages := {record.age for record in own if record.age is not None}) and max(ages) - min(ages) > AGE_STEP_YEARS
    )


def _conflict(name: str, own: Sequence[Record], values: set[str]) -> Conflict:
    return Conflict(name=name, values=tuple(sorted(values)), images=tuple(record.image_id for record in own))
