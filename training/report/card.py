"""The model card: what a model is for, what it was made of, what it reached, and what nobody should expect of it.

Hugging Face Markdown with a YAML header. The same file is the linked card of HL7's AI Transparency guide.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from training.bootstrap import BOOTSTRAPS
from training.evaluate import table
from training.evaluation.evaluation import Evaluation
from training.report.cautions import cautions
from training.report.headline import chosen_point, headlines, malignant
from training.report.use import INTENDED_USE, MISUSE, PRIORS_READ
from training.report.words import FILTERS

TEMPLATE = "card.md.jinja"
LICENSES: Mapping[str, str] = {
    "Apache-2.0": "apache-2.0",
    "CC BY 4.0": "cc-by-4.0",
    "CC BY-NC 4.0": "cc-by-nc-4.0",
    "CC BY-NC-SA 4.0": "cc-by-nc-sa-4.0",
    "CC BY-SA 4.0": "cc-by-sa-4.0",
    "CC0": "cc0-1.0",
}
"""As Hugging Face names them."""


def card(found: Evaluation) -> str:
    """The card in Markdown."""
    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=False,  # noqa: S701 - Markdown: whoever renders it sanitizes it; `cell` and `quoted` keep its form
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.filters.update(FILTERS, cell=_cell, quoted=_quoted)
    return environment.get_template(TEMPLATE).render(
        found=found,
        about=found.provenance,
        license=license_tag(found.provenance.licenses),
        results=results(found),
        headlines=headlines(found),
        cautions=cautions(found),
        point=chosen_point(found.operating),
        malignant=malignant(found),
        summary=table(list(found.reports.items())),
        finest=next(iter(found.reports.values())),
        intended_use=INTENDED_USE,
        misuse=MISUSE,
        priors=PRIORS_READ,
        bootstraps=BOOTSTRAPS,
    )


def license_tag(licenses: tuple[str, ...]) -> str:
    """Of the weights: that of all data, or of the part of it that forbids commerce, or `other`."""
    if any("NC" in each for each in licenses):
        named = {LICENSES[each] for each in licenses if "NC" in each and each in LICENSES}
        return named.pop() if len(named) == 1 else "cc-by-nc-4.0"
    return LICENSES.get(licenses[0], "other") if len(licenses) == 1 else "other"


def results(found: Evaluation) -> dict[str, float]:
    """Metrics of the header's model-index, by Hugging Face's name or our own."""
    finest = next(iter(found.reports.values()))
    point = chosen_point(found.operating)
    shares = {} if point is None else {"sensitivity": point.sensitivity, "specificity": point.specificity}
    told = {
        "balanced_accuracy": finest.balanced_accuracy,
        "accuracy": finest.accuracy,
        "macro_auc": finest.macro_auc,
        "malignancy_auc": finest.malignancy_auc,
        **{name: None if rate is None else rate.independent.value for name, rate in shares.items()},
        "malignancy_ece": found.calibration.independent.malignancy.equal_width.value if found.calibration else None,
    }
    return {name: round(value, 4) for name, value in told.items() if value is not None and value == value}  # noqa: PLR0124 - not NaN


def _quoted(text: str) -> str:
    """A YAML scalar: JSON's strings are YAML's."""
    return json.dumps(text, ensure_ascii=False)


def _cell(text: str) -> str:
    """Words that stay in their cell of a table."""
    return " ".join(text.split()).replace("|", "\\|")
