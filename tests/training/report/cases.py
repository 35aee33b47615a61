"""An evaluation with every section, of random predictions and hostile words."""

from datetime import date
from functools import cache
from io import BytesIO

import numpy as np
from PIL import Image

from lesion.decision import DecisionSpec, OperatingPoint, PredictionSets, SetThreshold, Unknown, energy
from lesion.diagnosis import CATEGORIES
from tests.training.test_evaluate import random_predictions
from training.evaluate import evaluate, groupings
from training.evaluation.answers import Answers
from training.evaluation.calibration_error import calibration
from training.evaluation.classification import classification
from training.evaluation.confusions import confusions
from training.evaluation.coverage import coverage
from training.evaluation.decision_curve import decision_curve
from training.evaluation.entry import Entry, EvidenceMap, Term
from training.evaluation.estimate import Estimate
from training.evaluation.evaluation import Evaluation
from training.evaluation.faithfulness import Curve, Difference, Faithfulness
from training.evaluation.gallery import Gallery, Section
from training.evaluation.label_errors import Confirmed, LabelErrors, Suspect
from training.evaluation.neighbors import Neighbor
from training.evaluation.operating import operating
from training.evaluation.position import Position
from training.evaluation.provenance import Ancestor, Class, Gate, PartCount, Provenance
from training.evaluation.ranking import ranking
from training.evaluation.selective import selective, separation
from training.evaluation.share import DependentShare, Share
from training.evaluation.shortcuts import Shortcut, Shortcuts
from training.evaluation.strangers import Strangers
from training.evaluation.subgroups import Dimension, Gap, Group, Subgroups
from training.evaluation.usability import FindingCount, Usability
from training.splits import PARTS
from training.target import ISIC2019

HOSTILE = "<script>alert('x')</script> & | \"q\" \n# head: [x](javascript:alert(1))"
SENSITIVITIES = (0.9, 0.95, 0.98)


@cache
def whole() -> Evaluation:
    """Every section there is."""
    given = random_predictions()
    spec = _spec(given.logits)
    answers = Answers.of(given, spec)
    found = plain().model_copy(
        update={
            "decision": spec,
            "reports": {name: evaluate(given, spec, each) for name, each in groupings(ISIC2019).items()},
            "classification": classification(answers),
            "ranking": ranking(answers),
            "calibration": calibration(answers),
            "operating": operating(answers),
            "decision_curve": decision_curve(answers),
            "coverage": tuple(coverage(answers, kind) for kind in ("class_conditional", "marginal")),
            "selective": selective(answers),
            "confusions": confusions(answers),
            "usability": Usability(
                rejected=Share.of(3, 400),
                warned=Share.of(9, 400),
                findings=(FindingCount(code=HOSTILE, rejected=3, warned=9),),
            ),
            "strangers": (_strangers(),),
            "subgroups": _subgroups(),
            "shortcuts": _shortcuts(),
            "gallery": _gallery(),
            "label_errors": _label_errors(),
            "faithfulness": _faithfulness(),
            "position": Position(images=400, share=0.74, correlation=0.8),
        }
    )
    return Evaluation.model_validate(found.model_dump())


@cache
def plain() -> Evaluation:
    """A quick grade: no section at all."""
    given, spec = random_predictions(), DecisionSpec(temperature=1.0)
    return Evaluation(
        created=date(2026, 1, 31),
        git_revision="0123abc",
        part="test",
        training_images=1200,
        provenance=_provenance(),
        decision=spec,
        reports={name: evaluate(given, spec, each) for name, each in groupings(ISIC2019).items()},
    )


def pictures() -> dict[str, bytes]:
    """Those that the gallery names."""
    file = BytesIO()
    Image.new("RGB", (4, 4)).save(file, "PNG")
    return {"hostile.png": file.getvalue()}


def _spec(logits: np.ndarray) -> DecisionSpec:
    return DecisionSpec(
        temperature=1.2,
        log_prior=(0.0,) * 8,
        operating_points=tuple(
            OperatingPoint(
                sensitivity=each, threshold=None if each > 0.97 else 1.5 - each, lower_bound=each, lesions=150
            )
            for each in SENSITIVITIES
        ),
        prediction_sets=PredictionSets(
            coverage=0.9,
            marginal=SetThreshold(threshold=0.1, lesions=400),
            class_conditional=tuple(
                SetThreshold(threshold=None if k == 5 else 0.08, lesions=4 if k == 5 else 50) for k in range(8)
            ),
        ),
        unknown=Unknown(threshold=float(np.quantile(energy(logits.astype(np.float64)), 0.95)), known=0.95),
    )


def _provenance() -> Provenance:
    classes = tuple(Class(code=each.code, name=each.name, malignant=each.malignant) for each in CATEGORIES)
    counts = dict.fromkeys((each.code for each in CATEGORIES), 50)
    without = {"age": 3, "sex": 1, "site": 12, "confirmation": 7}
    return Provenance(
        run=HOSTILE,
        recipe=HOSTILE,
        summary=HOSTILE,
        architecture="dual, backbone tiny",
        image_pixels=48,
        reads_metadata=True,
        classes=classes,
        categories=classes,
        dataset=HOSTILE,
        data=HOSTILE,
        license="CC BY-NC 4.0",
        initial_weights=HOSTILE,
        pretrained=HOSTILE,
        ancestors=(Ancestor(run=HOSTILE, statement=HOSTILE, license="CC0"),),
        parts=tuple(PartCount(part=part, images=400, lesions=300, labels=counts, without=without) for part in PARTS),
        gate=Gate(split=HOSTILE, groups=1200, compared={"lesion": 1300, "file": 1600}, divided=0),
        sources={HOSTILE: 1600},
        confirmations={HOSTILE: 1600},
        training=dict.fromkeys(("loss", "augmentation", "epoch kept"), HOSTILE),
        environment={"git_revision": HOSTILE, "seed": "0"},
        packages={HOSTILE: "1"},
    )


def _strangers() -> Strangers:
    known, strange = np.array([0.0, 1.0, 2.0]), np.array([1.5, 3.0])
    return Strangers(
        kind=HOSTILE,
        pictures=2,
        rejected=0.5,
        undetermined=0.0,
        suspicious=0.0,
        reassured=0.5,
        separation=separation(known, strange, 1.8),
    )


def _group(name: str, hits: int) -> Group:
    return Group(
        name=name,
        hidden=False,
        images=90,
        lesions=80,
        malignant=40,
        sensitivity=Share.of(hits, 40),
        specificity=Share.of(30, 40),
        malignancy_auc=Estimate(value=0.8, interval=(0.7, 0.9)),
        ece=None,
        balanced_accuracy=0.6,
    )


def _subgroups() -> Subgroups:
    hidden = Group(
        hidden=True,
        lesions="<20",
        **dict.fromkeys(Group.model_fields.keys() - {"name", "hidden", "lesions"}),
        name="few",
    )
    gap = Gap(figure="sensitivity", groups=2, worst=HOSTILE, best="B", worst_value=0.5, gap=0.5, chance=0.0001)
    dimension = Dimension(
        name=HOSTILE, note=HOSTILE, groups=(_group(HOSTILE, 20), _group("B", 40), hidden), gaps=(gap,)
    )
    return Subgroups(threshold=0.15, overall=_group("all", 30), dimensions=(dimension,), left_out={HOSTILE: HOSTILE})


def _shortcuts() -> Shortcuts:
    def row(name: str, kind: str, low: float) -> Shortcut:
        return Shortcut(
            name=name,
            kind=kind,
            shown=HOSTILE,
            balanced_accuracy=Estimate(value=low + 0.1, interval=(low, low + 0.2)),
            malignancy_auc=Estimate(value=low + 0.1, interval=(low, low + 0.2)),
            balanced_accuracy_change=Estimate(value=-0.1, interval=(-0.2, 0.0)),
            malignancy_change=-0.1,
            malignancy_shift=0.1,
            false_alarms=DependentShare(hits=1, total=10, value=0.1, interval=(0.0, 0.3)),
            flips=None,
            reads=HOSTILE,
        )

    rows = (row("as it is", "reference", 0.7), row(HOSTILE, "region", 0.6), row("border only", "region", 0.4))
    return Shortcuts(images=300, lesions=200, of=400, seed=0, classes=8, chance=0.125, rows=rows)


def _gallery() -> Gallery:
    entry = Entry(
        image_id=HOSTILE,
        lesion_id=HOSTILE,
        picture="hostile.png",
        label="MEL",
        answer="NV",
        outcome="not_suspicious",
        probabilities={"MEL": 0.01, "NV": 0.99},
        malignancy=0.01,
        malignancy_alone=0.02,
        margin=-0.14,
        age_years=None,
        sex=HOSTILE,
        site=None,
        confirmation=HOSTILE,
        maps=(EvidenceMap(category="NV", picture="hostile.png", logit=1.0, limit=2.0),),
        terms=(Term(column=HOSTILE, logit=0.3),),
        neighbors=(Neighbor(image_id=HOSTILE, label="NV", similarity=0.9, picture="hostile.png"),),
    )
    sections = (
        Section(kind="missed", images=1, lesions=1, entries=(entry,)),
        Section(kind="misnamed", images=0, lesions=0, entries=()),
    )
    return Gallery(sensitivity=0.95, threshold=0.15, sections=sections)


def _label_errors() -> LabelErrors:
    suspect = Suspect(
        rank=1,
        image_id=HOSTILE,
        lesion_id=HOSTILE,
        label="MEL",
        suggested="NV",
        self_confidence=0.01,
        margin=-0.9,
        confirmation=HOSTILE,
    )
    by_confirmation = (Confirmed(confirmation=HOSTILE, images=400, suspected=1),)
    return LabelErrors(images=400, estimated_share=0.1, by_confirmation=by_confirmation, suspects=(suspect,))


def _faithfulness() -> Faithfulness:
    def curve(name: str) -> Curve:
        return Curve(
            map=name,
            deletion=(0.9, 0.2),
            insertion=(0.2, 0.9),
            deletion_area=0.4,
            deletion_interval=(0.3, 0.5),
            insertion_area=0.6,
            insertion_interval=(0.5, 0.7),
        )

    difference = Difference(
        map=HOSTILE,
        other="random",
        deletion=-0.1,
        deletion_interval=(-0.2, 0.0),
        deletion_p=0.01,
        insertion=0.1,
        insertion_interval=(0.0, 0.2),
        insertion_p=0.01,
    )
    curves = (curve(HOSTILE), curve("random"), curve("center"))
    return Faithfulness(
        images=64,
        seed=0,
        blur_sigma_pixels=8.0,
        blurred=0.2,
        shares=(0.0, 1.0),
        curves=curves,
        differences=(difference,),
    )
