"""Numbers and lists as the page writes them."""

from collections.abc import Sequence

NO_BREAK = "\N{NO-BREAK SPACE}"


def counted(number: int) -> str:
    """`25,331`."""
    return f"{number:,}"


def percent(share: float, digits: int = 1) -> str:
    """`50.8 %`, `100 %`, never broken over lines; what is neither nothing nor all is never rounded to it."""
    smallest = 10.0**-digits
    if share in {0, 1}:
        number = f"{100 * share:.0f}"
    elif 100 * share < smallest / 2:
        number = f"<{smallest:g}"
    elif 100 - 100 * share < smallest / 2:
        number = f">{100 - smallest:g}"
    else:
        number = f"{100 * share:.{digits}f}"
    return f"{number}{NO_BREAK}%"


def fixed(number: float | None, digits: int = 3) -> str:
    """`0.291`; a dash for what cannot be told."""
    return "–" if number is None else f"{number:.{digits}f}"


def listed(names: Sequence[str], last: str = "and", most: int = 8) -> str:
    """`MEL, NV and BCC`; what is more than `most` is counted."""
    shown = list(names) if len(names) <= most else [*names[:most], f"{len(names) - most} more"]
    return f" {last} ".join(part for part in (", ".join(shown[:-1]), *shown[-1:]) if part)


def plural(number: int, one: str, several: str = "") -> str:
    """`1 image`, `2 images`."""
    return f"{counted(number)} {one if number == 1 else several or one + 's'}"


def verb(number: int, one: str, several: str) -> str:
    """The form that goes with a number."""
    return one if number == 1 else several


def of_all(part: int, whole: int) -> str:
    """`3 of 7 images`, `All 7 images`."""
    return f"All {plural(whole, 'image')}" if part == whole else f"{counted(part)} of {plural(whole, 'image')}"
