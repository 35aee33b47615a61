"""An evaluation to one HTML file that asks nothing of any host: styles, drawings, pictures and a script are in it."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from training.bootstrap import BOOTSTRAPS
from training.evaluation.evaluation import Evaluation
from training.report.cautions import cautions
from training.report.checklist import checklist
from training.report.explorer import explorer
from training.report.figures.drawings import DRAWINGS
from training.report.headline import chosen_point, headlines, malignant
from training.report.use import INTENDED_USE, MISUSE, PRIORS_READ
from training.report.words import FILTERS

HERE = Path(__file__).parent
TEMPLATE, STYLE, SCRIPT = "report.html.jinja", "style.css", "explorer.js"
MEDIA = {".jpg": "image/jpeg", ".png": "image/png"}

Pictures = Mapping[str, bytes]
"""JPEG or PNG files by name, as the gallery names them."""


@dataclass(frozen=True)
class Section:
    """A chapter of the page; its template is sections/<id>.html.jinja."""

    id: str
    title: str
    told: Callable[[Evaluation], object] = bool
    """What it needs; it is left out where that is None or empty."""


SECTIONS = (
    Section("decision", "The decision", lambda found: found.operating or found.coverage or found.selective),
    Section("calibration", "Do the probabilities mean what they say?", lambda found: found.calibration),
    Section("classes", "Category by category", lambda found: found.classification),
    Section("curves", "ROC and precision–recall", lambda found: found.ranking),
    Section("explorer", "Threshold explorer", lambda found: found.operating),
    Section("benefit", "Is it worth acting on?", lambda found: found.decision_curve),
    Section("gate", "Pictures it should not answer to", lambda found: found.usability or found.strangers),
    Section("subgroups", "Are some patients served worse?", lambda found: found.subgroups),
    Section("shortcuts", "Does it look at the lesion?", lambda found: found.shortcuts),
    Section("gallery", "The costliest errors", lambda found: found.gallery),
    Section("confusions", "What is taken for what", lambda found: found.confusions),
    Section("labels", "Labels that may be wrong", lambda found: found.label_errors),
    Section("maps", "Do its explanations explain?", lambda found: found.faithfulness or found.position),
    Section("data", "Data, split and leakage gate"),
    Section("checklist", "Reporting checklists"),
    Section("methods", "How the figures were made"),
)


def render(found: Evaluation, pictures: Pictures | None = None) -> str:
    """The page. Raises `KeyError` when the gallery names a picture that is not among `pictures`."""
    script = (HERE / SCRIPT).read_text(encoding="utf-8")
    shown = [section for section in SECTIONS if section.told(found)]
    return (
        _environment()
        .get_template(TEMPLATE)
        .render(
            found=found,
            about=found.provenance,
            sections=shown,
            absent=[section for section in SECTIONS if section not in shown],
            headlines=headlines(found),
            cautions=cautions(found),
            point=chosen_point(found.operating),
            malignant=malignant(found),
            draw=DRAWINGS,
            explored=explorer(found.operating),
            checklist=checklist(found),
            pictures={name: _data_uri(name, content) for name, content in (pictures or {}).items()},
            style=Markup((HERE / STYLE).read_text(encoding="utf-8")),  # noqa: S704 - our own file
            script=Markup(script),  # noqa: S704 - our own file
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
            intended_use=INTENDED_USE,
            misuse=MISUSE,
            priors=PRIORS_READ,
            bootstraps=BOOTSTRAPS,
        )
    )


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(FILTERS)
    return environment


def _data_uri(name: str, content: bytes) -> str:
    return f"data:{MEDIA[Path(name).suffix]};base64,{base64.b64encode(content).decode()}"
