"""What was measured, beside what was published: as Markdown and as JSON."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from benchmarks.dermamnist.figures import NAMES, Figures
from benchmarks.dermamnist.published import ROWS
from benchmarks.dermamnist.source import Part

LEAK = (
    "The official split was made without regard to lesions: of the 1,997 test pictures that can be traced to HAM10000, "
    "688 (34 %) show a lesion that is in train too. Every figure in this table, ours and the published ones, is "
    "in part of lesions that were learned from. None is clinical evidence."
)


@dataclass(frozen=True)
class Measured:
    """Of a part: each seed's figures, and those of all seeds' networks averaged."""

    part: Part
    pictures: int
    seeds: Mapping[int, Figures]
    together: Figures
    parameters: int

    def spread(self, name: str) -> tuple[float, float, float]:
        """Mean, least and largest over the seeds."""
        values = [getattr(figures, name) for figures in self.seeds.values()]
        return float(np.mean(values)), min(values), max(values)

    def write(self, out: Path) -> None:
        """Write dermamnist-<part>.md and .json."""
        content = {
            "part": self.part,
            "pictures": self.pictures,
            "leak": LEAK,
            "parameters": self.parameters,
            "seeds": {str(seed): asdict(figures) for seed, figures in self.seeds.items()},
            "spread": {name: dict(zip(("mean", "least", "most"), self.spread(name), strict=True)) for name in NAMES},
            "together": asdict(self.together),
            "published": [asdict(row) for row in ROWS],
        }
        file = out / f"dermamnist-{self.part}"
        file.with_suffix(".json").write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")
        file.with_suffix(".md").write_text(self.markdown() + "\n", encoding="utf-8")

    def markdown(self) -> str:
        """A row each, ours first; published rows only beside the part that they are of."""
        seeds, size = len(self.seeds), f"{self.parameters / 1e6:.2f} M parameters"
        ours = [
            _line(f"**ours**: compact, {size}, mean of {seeds} seeds (range)", *map(self._ranged, NAMES), "measured"),
            _line("**ours**: their probabilities averaged", *_plain(asdict(self.together).values()), "measured"),
        ]
        published = [_line(row.method, *_plain([row.auc, row.accuracy]), "", row.status) for row in ROWS]
        head = [_line("method", "AUC", "ACC", "balanced accuracy", "status"), "|---|---|---|---|---|"]
        shown = [*head, *ours[: 2 if seeds > 1 else 1], *(published if self.part == "test" else [])]
        return "\n".join([*shown, "", f"{self.pictures:,} pictures of the official {self.part} part. {LEAK}"])

    def _ranged(self, name: str) -> str:
        mean, least, most = self.spread(name)
        return f"**{mean:.3f}** ({least:.3f}–{most:.3f})"


def _plain(values: Iterable[float]) -> list[str]:
    return [f"{value:.3f}" for value in values]


def _line(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"
