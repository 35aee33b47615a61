"""What was measured as Markdown: one image on one thread, batches, and lanes and threads."""

from collections.abc import Callable, Iterable, Sequence

from benchmarks.inference.measured import Measured, Spread, Timed
from benchmarks.inference.way import ENGINES, ONE, Way


def markdown(measured: Measured) -> str:
    """All tables, each under what it says."""
    parts = [
        _setting(measured),
        _alone(measured),
        _batches(measured),
        _lanes(measured),
        "\n".join(f"- {each.way.name} was refused: {each.reason}" for each in measured.refused),
    ]
    return "\n\n".join(part for part in parts if part)


def _setting(measured: Measured) -> str:
    machine = measured.machine
    flags = ", ".join(machine.flags) or "none that matter here"
    versions = ", ".join(f"{name} {number}" for name, number in machine.versions.items())
    return (
        f"{machine.processor}, {machine.cores} cores ({flags}), Python {machine.python}, {versions}. "
        f"Medians of {measured.rounds} rounds (10th to 90th percentile). "
        f"The reference, {measured.reference(ONE).way.model}, has {measured.reference_gflops:.2f} GFLOPs an image."
    )


def _alone(measured: Measured) -> str:
    """Every way with one image on one thread."""
    rows = [
        (
            timed.way.model,
            str(timed.way.pixels),
            timed.way.precision,
            ENGINES[timed.way.engine],
            _spread(Spread.of(timed.cpu_ms), 2),
            f"{timed.latency_ms.median:.2f}",
            f"{Spread.of(timed.per_second).median:,.0f}",
            _spread(timed.cpu_gain(measured.reference(ONE)), 2),
            f"{timed.gain(measured.reference(ONE)).median:.2f}",
        )
        for timed in measured.under(ONE)
    ]
    header = ("model", "pixels", "form", "engine", "CPU ms", "ms", "images/s")
    gains = ("speed over the reference, by CPU", "by the clock")
    return "One image, one thread:\n\n" + _table((*header, *gains), rows) if rows else ""


def _batches(measured: Measured) -> str:
    """CPU an image, one thread, by batch."""
    timed = [each for each in measured.timed if each.load.alone]

    def cell(each: Timed) -> str:
        gain = each.cpu_gain(measured.reference(each.load))
        return f"{Spread.of(each.cpu_ms).median:.2f} (×{gain.median:.2f})"

    title = "One thread, by batch: CPU ms an image (times as fast as the reference in the same batch):"
    return f"{title}\n\n{_by_batch(timed, cell)}" if any(each.load.batch > 1 for each in timed) else ""


def _lanes(measured: Measured) -> str:
    """Images a second, by lanes and threads."""
    timed = [each for each in measured.timed if each.way.engine == "onnxruntime"]

    def cell(each: Timed) -> str:
        gain = each.gain(measured.reference(each.load))
        return f"{Spread.of(each.per_second).median:,.0f} (×{gain.median:.2f})"

    title = "ONNX Runtime, lanes × threads, by batch: images/s (times as many as the reference under the same load):"
    return f"{title}\n\n{_by_batch(timed, cell)}" if any(not each.load.alone for each in timed) else ""


def _by_batch(timed: Sequence[Timed], cell: Callable[[Timed], str]) -> str:
    """A row a way, lanes and threads; a column a batch."""
    batches = sorted({each.load.batch for each in timed})
    rows: dict[tuple[Way, int, int], dict[int, str]] = {}
    for each in timed:
        rows.setdefault((each.way, each.load.lanes, each.load.threads), {})[each.load.batch] = cell(each)
    order = {way: place for place, way in enumerate(dict.fromkeys(way for way, _, _ in rows))}
    return _table(
        ("", "lanes × threads", *map(str, batches)),
        (
            (way.name, f"{lanes} × {threads}", *(cells.get(batch, "") for batch in batches))
            for (way, lanes, threads), cells in sorted(rows.items(), key=lambda row: order[row[0][0]])
        ),
    )


def _spread(spread: Spread, digits: int) -> str:
    return f"{spread.median:.{digits}f} ({spread.low:.{digits}f}–{spread.high:.{digits}f})"


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
