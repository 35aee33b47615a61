"""What a reader should take from each section: sentences that the numbers choose, and would choose otherwise."""

from collections.abc import Callable, Mapping

from training.datareport.conclusions import composition, quality, shortcuts
from training.datareport.describe import DataReport

SECTIONS: Mapping[str, Callable[[DataReport], str]] = {
    "head": composition.head,
    "terms": composition.terms,
    "categories": composition.categories,
    "sources": composition.sources,
    "parts": composition.parts,
    "sex": composition.sex,
    "age": composition.age,
    "site": composition.site,
    "confirmation": composition.confirmation,
    "missing": shortcuts.missing,
    "baselines": shortcuts.baselines,
    "source_baselines": shortcuts.source_baselines,
    "sizes": shortcuts.sizes,
    "colors": shortcuts.colors,
    "sheets": quality.sheets,
    "left_out": quality.left_out,
    "duplicates": quality.duplicates,
    "conflicts": quality.conflicts,
}


def conclude(report: DataReport) -> dict[str, str]:
    """One text a section; empty where there is nothing to say."""
    return {name: say(report) for name, say in SECTIONS.items()}
