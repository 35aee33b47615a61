"""What reporting checklists ask of a study like this, filled in as far as a program can know it.

The items are ours, worded after what is public of CLEAR Derm (Daneshjou et al. 2021), MI-CLAIM (Norgeot et al. 2020)
and TRIPOD+AI (Collins et al. 2024); their full official lists were not at hand. Whoever submits must go by those.
"""

from collections.abc import Callable
from dataclasses import dataclass

from training.evaluation.evaluation import Evaluation
from training.report import statements

Answer = Callable[[Evaluation], str]
"""What the program can say; empty: nothing, so that it stays open."""
CLEAR, CLAIM, TRIPOD = "CLEAR Derm", "MI-CLAIM", "TRIPOD+AI"


@dataclass(frozen=True)
class Item:
    """One thing asked, by which lists, and what is said; empty where nothing is."""

    group: str
    asked: str
    lists: tuple[str, ...]
    told: str
    people: bool
    """Only people can say it."""

    @property
    def open(self) -> bool:
        """Whether nothing is said."""
        return not self.told


def checklist(found: Evaluation) -> tuple[Item, ...]:
    """All items, group by group."""
    return tuple(
        Item(group, asked, lists, answer(found), people=answer is statements.nobody)
        for group, asked, lists, answer in ITEMS
    )


ITEMS: tuple[tuple[str, str, tuple[str, ...], Answer], ...] = (
    ("Study", "What kind of model and study it is", (TRIPOD, CLAIM), statements.kind),
    (
        "Study",
        "Clinical question, and where in care the answer would be used",
        (CLEAR, CLAIM, TRIPOD),
        statements.nobody,
    ),
    ("Study", "Intended use, users, and what it is not for", (CLEAR, TRIPOD), statements.use),
    ("Study", "Ethics approval and consent for the images", (TRIPOD,), statements.nobody),
    ("Study", "Protocol, registration, funding, conflicts of interest", (TRIPOD,), statements.nobody),
    ("Study", "Whether patients and the public were involved", (TRIPOD,), statements.nobody),
    ("Data", "Where the images come from, and how many from each source", (CLEAR, CLAIM, TRIPOD), statements.sources),
    ("Data", "Images and lesions in each part", (CLEAR, CLAIM, TRIPOD), statements.sizes),
    ("Data", "How frequent each diagnosis is", (CLEAR, TRIPOD), statements.classes),
    ("Data", "Reference standard of the labels", (CLEAR, CLAIM, TRIPOD), statements.reference),
    ("Data", "Who was eligible, setting and dates of collection", (CLEAR, TRIPOD), statements.nobody),
    ("Data", "Cameras, dermatoscopes, light, polarization, who took the pictures", (CLEAR,), statements.nobody),
    ("Data", "Missing values and how they are treated", (TRIPOD,), statements.missing),
    ("Data", "Skin tones represented", (CLEAR,), statements.tone),
    ("Data", "License and availability of data and weights", (CLEAR, TRIPOD), statements.terms),
    ("Technique", "Preprocessing and augmentation", (CLEAR, CLAIM, TRIPOD), statements.preprocessing),
    ("Technique", "How parts were kept independent", (CLEAR, CLAIM, TRIPOD), statements.split),
    (
        "Technique",
        "How the model was trained, and how imbalance was treated",
        (CLEAR, CLAIM, TRIPOD),
        statements.training,
    ),
    ("Technique", "What was chosen on which part", (CLAIM, TRIPOD), statements.selection),
    ("Technique", "Why this sample size is enough", (TRIPOD,), statements.nobody),
    ("Assessment", "Performance with intervals, for every category", (CLEAR, CLAIM, TRIPOD), statements.performance),
    ("Assessment", "Threshold, and how it was set", (CLEAR, CLAIM, TRIPOD), statements.point),
    ("Assessment", "Calibration", (TRIPOD,), statements.calibration),
    ("Assessment", "Clinical usefulness", (TRIPOD,), statements.benefit),
    ("Assessment", "Figures of subgroups, fairness", (CLEAR, CLAIM, TRIPOD), statements.subgroups),
    ("Assessment", "When no answer is given", (CLEAR,), statements.abstains),
    ("Assessment", "Analysis of errors", (CLEAR, CLAIM), statements.errors),
    ("Assessment", "Artifacts and shortcuts", (CLEAR, CLAIM), statements.shortcuts),
    ("Assessment", "What the answers rest on", (CLAIM,), statements.explains),
    ("Assessment", "Comparison with physicians or with current practice", (CLEAR, CLAIM), statements.nobody),
    (
        "Assessment",
        "Validation elsewhere: other hospitals, devices, populations",
        (CLEAR, CLAIM, TRIPOD),
        statements.nobody,
    ),
    ("Application", "Known limits", (CLEAR, TRIPOD), statements.limits),
    ("Application", "Code, versions and how to repeat it", (CLEAR, CLAIM, TRIPOD), statements.code),
    ("Application", "How it is watched and updated in use, and who answers for it", (CLEAR, TRIPOD), statements.nobody),
)
"""Group, item, lists that ask something of the kind, and the answer."""
