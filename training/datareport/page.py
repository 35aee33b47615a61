"""Report and pictures to one HTML file that asks nothing of any host and needs no script."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from training.catalog import Catalog
from training.datareport import words
from training.datareport.conclusions.conclude import conclude
from training.datareport.describe import DataReport
from training.datareport.figures.draw import draw
from training.datareport.sheets import thumbnails
from training.datareport.tables import CrossTable

PAGE_FILE, NUMBERS_FILE = "index.html", "report.json"
TEMPLATE = "page.html.jinja"
MOST_ROWS = 30
"""Rows of a table on the page; report.json holds all."""


def write(directory: Path, report: DataReport, catalog: Catalog) -> Path:
    """Write index.html and report.json into `directory`; returns the page's path."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / NUMBERS_FILE).write_text(report.model_dump_json(indent=2) + "\n", encoding="utf-8")
    path = directory / PAGE_FILE
    path.write_text(render(report, thumbnails(catalog, report.sheets.image_ids)), encoding="utf-8")
    return path


def render(report: DataReport, pictures: Mapping[str, str]) -> str:
    """The page. `pictures` are data URIs by image id; an image without one is said to be unreadable."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        counted=words.counted,
        percent=words.percent,
        fixed=words.fixed,
        listed=words.listed,
        first=first,
        largest_share=largest_share,
    )
    return environment.get_template(TEMPLATE).render(
        report=report,
        say=conclude(report),
        figures=draw(report),
        pictures=pictures,
        aspect=_aspect(report),
        most_rows=MOST_ROWS,
    )


def first(table: CrossTable, rows: int = MOST_ROWS) -> CrossTable:
    """The first rows of a table; the rest added up into one."""
    if len(table.rows) <= rows:
        return table
    rest = tuple(map(sum, zip(*table.counts[rows:], strict=True)))
    name = f"{len(table.rows) - rows} others"
    return CrossTable(rows=(*table.rows[:rows], name), columns=table.columns, counts=(*table.counts[:rows], rest))


def largest_share(table: CrossTable) -> float:
    """The largest share of its column that a cell has; 1 for a table without counts."""
    return max((table.share(row, column) for row in table.rows for column in table.columns), default=0) or 1


def _aspect(report: DataReport) -> str:
    """Width over height of most images: the shape of a cell on the sheets."""
    table = report.sizes.aspect_by_source
    counts = Counter(dict(zip(table.rows, table.row_totals, strict=True)))
    return next((name for name, _ in counts.most_common() if name.replace(".", "").isdigit()), "1.00")
