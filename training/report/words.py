"""Numbers as the page and the card write them: true minus signs, intervals, and never 100 % of what is not all."""

from collections.abc import Callable, Mapping

from training.datareport import words

MINUS = "\N{MINUS SIGN}"
NOTHING = 1e-9
"""What floating point makes of nothing."""
Interval = tuple[float, float]


def fixed(number: float | None, digits: int = 3) -> str:
    """`0.291`, `−0.050`; a dash for what cannot be told."""
    return words.fixed(number, digits).replace("-", MINUS)


def signed(number: float, digits: int = 3) -> str:
    """`+0.041`."""
    return f"{number:+.{digits}f}".replace("-", MINUS)


def interval(bounds: Interval | None, digits: int = 3) -> str:
    """`0.801–0.853`, `−0.200 to 0.100`; nothing where there is none."""
    if bounds is None:
        return ""
    low, high = (fixed(bound, digits) for bound in bounds)
    return f"{low} to {high}" if bounds[0] < 0 else f"{low}–{high}"


def percents(bounds: Interval | None, digits: int = 1) -> str:
    """`92.1–97.3 %`; nothing where there is none."""
    if bounds is None:
        return ""
    low, high = (_number(bound, digits) for bound in bounds)
    return f"{low}–{high}{words.NO_BREAK}%"


def _number(share: float, digits: int) -> str:
    """With a digit more where rounding would make none or all of it."""
    if abs(share - round(share)) < NOTHING:
        return str(100 * round(share))
    rounded = f"{100 * share:.{digits}f}"
    if float(rounded) in {0.0, 100.0}:
        rounded = f"{100 * share:.{digits + 1}f}"
    return rounded


FILTERS: Mapping[str, Callable[..., str]] = {
    "counted": words.counted,
    "fixed": fixed,
    "interval": interval,
    "listed": words.listed,
    "percent": words.percent,
    "percents": percents,
    "plural": words.plural,
    "signed": signed,
}
"""What the templates of page and card say numbers with."""
