"""Small drawings as inline SVG: axes, lines, bands, dots and words. Colors and letters are those of the page's style.

One unit is about one CSS pixel: a drawing is made as wide as it is shown on a narrow screen, and two of them stand side
by side on a wide one, so letters are always of the same size.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Self

from markupsafe import Markup, escape

Kind = Literal["a", "b", "c", "d", "rest"]
"""Of a line or dot: each has a color and a dash or shape of its own, so that color alone never tells."""
Anchor = Literal["start", "middle", "end"]
Words = Callable[[float], str]


def plain(value: float) -> str:
    """`0.25`."""
    return f"{value:g}"


def percents(value: float) -> str:
    """`25`, of a share."""
    return f"{100 * value:g}"


@dataclass
class Plot:
    """A drawing area and what has been drawn. Data coordinates; y upwards."""

    width: float
    height: float
    x: tuple[float, float]
    y: tuple[float, float]
    left: float = 50
    right: float = 18
    top: float = 10
    bottom: float = 40
    marks: list[str] = field(default_factory=list)

    def across(self, value: float) -> float:
        """Place of a value on the x axis."""
        low, high = self.x
        return self.left + (value - low) / (high - low) * (self.width - self.left - self.right)

    def up(self, value: float) -> float:
        """Place of a value on the y axis."""
        low, high = self.y
        return self.height - self.bottom - (value - low) / (high - low) * (self.height - self.top - self.bottom)

    def axes(
        self,
        x: tuple[str, Sequence[float]],
        y: tuple[str, Sequence[float]],
        words: tuple[Words, Words] = (plain, plain),
    ) -> Self:
        """Title and ticks of both axes, and a faint grid."""
        floor, start, end = self.height - self.bottom, self.left, self.width - self.right
        for value in x[1]:
            place = self.across(value)
            self._line("grid", place, self.top, place, floor)
            self.text(place, floor + 15, words[0](value), "middle")
        for value in y[1]:
            place = self.up(value)
            self._line("grid", start, place, end, place)
            self.text(start - 6, place + 4, words[1](value), "end")
        self._line("axis", start, floor, end, floor)
        self.text((start + end) / 2, self.height - 6, x[0], "middle", "title")
        middle = (self.top + floor) / 2
        self.marks.append(
            f'<text class="title" text-anchor="middle" transform="translate(12 {middle:.1f}) rotate(-90)">'
            f"{escape(y[0])}</text>"
        )
        return self

    def line(self, xs: Iterable[float], ys: Iterable[float], kind: Kind) -> Self:
        """Points joined by straight lines."""
        self.marks.append(f'<path class="line {kind}" d="{self._path(xs, ys)}"/>')
        return self

    def steps(self, xs: Sequence[float], ys: Sequence[float], kind: Kind) -> Self:
        """Each y stands from the x before to its own."""
        across = [0.0, *(x for x in xs for _ in (0, 1))][:-1]
        return self.line(across, [y for y in ys for _ in (0, 1)], kind)

    def band(self, xs: Sequence[float], low: Sequence[float], high: Sequence[float], kind: Kind) -> Self:
        """The area between two curves."""
        path = self._path([*xs, *reversed(xs)], [*high, *reversed(low)])
        self.marks.append(f'<path class="band {kind}" d="{path}Z"/>')
        return self

    def reference(self, start: tuple[float, float], end: tuple[float, float]) -> Self:
        """A dashed line: chance, perfection, a promise."""
        (a, b), (c, d) = start, end
        self._line("reference", self.across(a), self.up(b), self.across(c), self.up(d))
        return self

    def dot(self, x: float, y: float, kind: Kind, radius: float = 3.5) -> Self:
        """A round dot; a diamond for kind b, which is told apart without color."""
        place, height = self.across(x), self.up(y)
        if kind == "b":
            turn = f"rotate(45 {place:.1f} {height:.1f})"
            self.marks.append(
                f'<rect class="dot b" x="{place - radius:.1f}" y="{height - radius:.1f}" width="{2 * radius:g}" '
                f'height="{2 * radius:g}" transform="{turn}"/>'
            )
        else:
            self.marks.append(f'<circle class="dot {kind}" cx="{place:.1f}" cy="{height:.1f}" r="{radius:g}"/>')
        return self

    def whisker(self, start: tuple[float, float], end: tuple[float, float], kind: Kind) -> Self:
        """An interval."""
        (a, b), (c, d) = start, end
        self._line(f"whisker {kind}", self.across(a), self.up(b), self.across(c), self.up(d))
        return self

    def bar(self, left: float, right: float, height: float, kind: Kind) -> Self:
        """From the floor up."""
        top, floor = self.up(height), self.up(self.y[0])
        self.marks.append(
            f'<rect class="bar {kind}" x="{self.across(left) + 0.5:.1f}" y="{top:.1f}" '
            f'width="{max(self.across(right) - self.across(left) - 1, 0.5):.1f}" height="{max(floor - top, 0):.1f}"/>'
        )
        return self

    def word(self, x: float, y: float, words: str, anchor: Anchor = "start", kind: str = "") -> Self:
        """Words at a place of the data."""
        return self.text(self.across(x), self.up(y), words, anchor, kind)

    def text(self, across: float, down: float, words: str, anchor: Anchor = "start", kind: str = "") -> Self:
        """Words at a place of the drawing."""
        style = f' class="{kind}"' if kind else ""
        self.marks.append(f'<text{style} x="{across:.1f}" y="{down:.1f}" text-anchor="{anchor}">{escape(words)}</text>')
        return self

    def drawn(self, told: str) -> Markup:
        """The SVG, and in words what it shows."""
        head = f'<svg class="plot" viewBox="0 0 {self.width:g} {self.height:g}" role="img" aria-label="{escape(told)}">'
        return Markup(f"{head}{''.join(self.marks)}</svg>")  # noqa: S704 - all words were escaped where they came in

    def _line(self, kind: str, a: float, b: float, c: float, d: float) -> None:
        self.marks.append(f'<line class="{kind}" x1="{a:.1f}" y1="{b:.1f}" x2="{c:.1f}" y2="{d:.1f}"/>')

    def _path(self, xs: Iterable[float], ys: Iterable[float]) -> str:
        points = zip(xs, ys, strict=True)
        return "M" + "L".join(f"{self.across(x):.1f} {self.up(y):.1f}" for x, y in points)
