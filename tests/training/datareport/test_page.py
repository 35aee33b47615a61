"""The page is whole HTML, asks nothing of any host, and shows hostile words as words."""

import base64
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from training.catalog import Catalog, LeftOut, Record
from training.datareport.describe import DataReport, describe
from training.datareport.figures.draw import draw
from training.datareport.page import render, write
from training.splits import Splits

VOID = {"meta", "img", "br", "hr", "link", "input"}
LOADING = {"src", "href", "srcset", "action", "data", "poster", "background", "formaction", "xlink:href"}
HOSTILE = "<script>alert('x')</script>"


class Page(HTMLParser):
    """Reads a page strictly: every tag closed, in order. Keeps tags, attributes, ids and text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def pictures_of(report: DataReport) -> dict[str, str]:
    return dict.fromkeys(report.sheets.image_ids, "data:image/jpeg;base64,")


@pytest.fixture(scope="module")
def page(drawn_report: DataReport, drawn_catalog: Catalog, tmp_path_factory: pytest.TempPathFactory) -> Page:
    out = tmp_path_factory.mktemp("out")
    return Page(write(out / "report", drawn_report, drawn_catalog).read_text(encoding="utf-8"))


def test_the_page_loads_nothing_and_runs_nothing(page: Page) -> None:
    for tag, attributes in page.tags:
        assert tag not in {"script", "link", "iframe", "object", "embed"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            if name in LOADING:
                assert value is not None
                assert value.startswith(("data:image/", "#"))
            assert "url(" not in (value or "")


def test_every_image_has_words_and_every_link_a_target(page: Page) -> None:
    assert all(attributes.get("alt") for attributes in page.named("img"))
    ids = {attributes["id"] for _, attributes in page.tags if "id" in attributes}
    assert {str(attributes["href"])[1:] for attributes in page.named("a")} == ids


def test_every_picture_of_the_sheets_is_embedded(page: Page, drawn_report: DataReport) -> None:
    sources = [str(attributes["src"]) for attributes in page.named("img")]
    assert sum(source.startswith("data:image/jpeg") for source in sources) == 3 * 8 + 3
    assert all(name in page.text for name in drawn_report.sheets.image_ids)


def test_report_json_holds_the_numbers(drawn_report: DataReport, drawn_catalog: Catalog, tmp_path: Path) -> None:
    write(tmp_path, drawn_report, drawn_catalog)
    text = (tmp_path / "report.json").read_text(encoding="utf-8")
    assert "NaN" not in text
    assert json.loads(text)["head"]["images"] == 240
    assert DataReport.model_validate_json(text) == drawn_report


def test_figures_are_drawings_with_words(drawn_report: DataReport) -> None:
    drawings = draw(drawn_report)
    assert drawings.keys() == {"categories", "age", "patients", "missing", "baselines"}  # one size: nothing to show
    for drawing in drawings.values():
        head, body = drawing.uri.split(",")
        assert head == "data:image/svg+xml;base64"
        assert ET.fromstring(base64.b64decode(body)).tag.endswith("svg")  # noqa: S314 - our own
        assert len(drawing.alt) > 40
    assert drawings == draw(drawn_report)


@pytest.fixture
def hostile(tmp_path: Path, make_record: Callable[..., Record]) -> Catalog:
    """Records whose every word is markup or mathematics, of several sizes, one of which does not decode."""
    words = dict.fromkeys(("patient_id", "confirmation", "license", "attribution"), HOSTILE)
    for number in range(12):
        size = (20 + number % 2, 10)
        Image.new("RGB", size, (number, 90, 90)).save(tmp_path / f"{number}.png")
    (tmp_path / "0.png").write_bytes(b"no image")
    records = [
        make_record(
            number,
            ("NV", "MEL")[number % 2],
            lesion_id=HOSTILE if number < 2 else f"L{number}",
            source=("$\\frac$ & <b>one</b>", "two" * 20)[number % 2],
            file=f"{number}.png",
            **words,
        )
        for number in range(12)
    ]
    return Catalog(records, tmp_path, [LeftOut(f"{HOSTILE}2", HOSTILE)])


def test_hostile_words_are_shown_as_words(hostile: Catalog, tmp_path: Path) -> None:
    report = describe(tmp_path, hostile)
    path = write(tmp_path / "report", report, hostile)
    page = Page(path.read_text(encoding="utf-8"))
    assert not page.named("script")
    assert HOSTILE in page.text
    assert "$\\frac$ & <b>one</b>" in page.text
    assert "does not decode" in page.text
    assert "ISIC_9000000" in re.split("Not readable as an image", page.text)[1][:40]


def test_an_empty_split_and_a_whole_one(drawn_report: DataReport, drawn_catalog: Catalog, tmp_path: Path) -> None:
    few = Catalog(drawn_catalog.records[:16], drawn_catalog.images)
    empty = describe(tmp_path, few, splits=("empty", Splits({}, {})), samples=1)
    assert "The split empty names none of these images." in Page(render(empty, pictures_of(empty))).text
    names = {record.image_id: record.image_id for record in few.records}
    whole = describe(tmp_path, few, splits=("whole", Splits(dict.fromkeys(names, "train"), names)), samples=1)
    text = Page(render(whole, pictures_of(whole))).text
    assert "The split divides 2 groups" not in text
    assert "in no part" not in text
    assert "By part of the split" in text
    assert "By part of the split" not in Page(render(drawn_report, pictures_of(drawn_report))).text


def test_one_category_only(drawn_catalog: Catalog, tmp_path: Path) -> None:
    one = Catalog([record for record in drawn_catalog.records if record.label == "DF"], drawn_catalog.images)
    report = describe(tmp_path, one)
    text = Page(render(report, pictures_of(report))).text
    assert "All images are of one category, DF" in text
    assert "not judged: fewer than two classes of category" in text


def test_labels_of_ones_own_are_counted_and_shown(drawn_catalog: Catalog, tmp_path: Path) -> None:
    records = drawn_catalog.records[:24]
    own = [replace(record, label="LENTIGO") if record.label == "DF" else record for record in records]
    report = describe(tmp_path, Catalog(own, drawn_catalog.images), samples=1)
    counted = sum(record.label == "LENTIGO" for record in own)
    assert {item.code: item.images for item in report.categories}["LENTIGO"] == counted > 0
    assert "LENTIGO" in report.sizes.by_category.columns
    assert "LENTIGO" in Page(render(report, pictures_of(report))).text
