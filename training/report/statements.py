"""What a program can say by itself to the items of reporting checklists. Empty: the section is not there."""

from training.datareport.words import counted, listed, percent
from training.evaluation.evaluation import Evaluation
from training.evaluation.provenance import PartCount
from training.report.headline import chosen_point
from training.report.use import INTENDED_USE
from training.report.words import fixed, interval


def nobody(_: Evaluation) -> str:
    """Only people can say it."""
    return ""


def kind(found: Evaluation) -> str:
    """What kind of model it is."""
    about = found.provenance
    return f"Diagnostic image classifier, {about.architecture}, {len(about.classes)} answers. {about.summary}"


def sources(found: Evaluation) -> str:
    """Where the images come from."""
    sources = ", ".join(f"{name} {counted(images)}" for name, images in list(found.provenance.sources.items())[:6])
    return f"{found.provenance.data} Images by source: {sources}."


def sizes(found: Evaluation) -> str:
    """Images and lesions of each part."""
    return "; ".join(_size(each) for each in found.provenance.parts) + "."


def _size(part: PartCount) -> str:
    return f"{part.part} {counted(part.images)} images of {counted(part.lesions)} lesions"


def classes(found: Evaluation) -> str:
    """Images of each category, graded."""
    labels = _graded(found).labels
    told = (f"{each.code} {counted(labels.get(each.code, 0))}" for each in found.provenance.categories)
    return f"On {found.part}: {', '.join(told)}."


def reference(found: Evaluation) -> str:
    """How labels were confirmed."""
    told = ", ".join(f"{way} {counted(images)}" for way, images in list(found.provenance.confirmations.items())[:6])
    return f"How the labels were confirmed, in the sources’ words: {told}."


def missing(found: Evaluation) -> str:
    """What the graded images lack."""
    graded = _graded(found)
    told = ", ".join(f"{name} {percent(count / max(graded.images, 1))}" for name, count in graded.without.items())
    return f"Graded images without: {told}. What is missing is given to the model as missing, never filled in."


def tone(found: Evaluation) -> str:
    """Skin tones."""
    names = [each.name for each in found.subgroups.dimensions] if found.subgroups else []
    tone = next((name for name in names if "tone" in name), None)
    return (
        ""
        if tone is None
        else f"No skin type is recorded; figures by {tone}, measured in the image, are in this report."
    )


def preprocessing(found: Evaluation) -> str:
    """What is done to an image."""
    about = found.provenance
    return (
        f"Stretched to {about.image_pixels} × {about.image_pixels} pixels by the same function in training and in use. "
        f"Random views: {about.training['augmentation']}."
    )


def split(found: Evaluation) -> str:
    """How parts are kept apart."""
    gate = found.provenance.gate
    return (
        f"Split “{gate.split}”: {counted(gate.groups)} groups of one lesion, patient or near-duplicate picture. "
        f"{gate.told}. The gate also follows every run that this one "
        "learned from."
    )


def training(found: Evaluation) -> str:
    """How it was trained."""
    return "; ".join(f"{name}: {words}" for name, words in found.provenance.training.items()) + "."


def selection(found: Evaluation) -> str:
    """What was chosen on which part."""
    return (
        f"Epoch: {found.provenance.training['epoch kept']}. Temperature fitted on validation; operating points, "
        "prediction sets and the unknown threshold on calibration."
    )


def performance(found: Evaluation) -> str:
    """The figures that challenges report."""
    if found.classification is None or found.ranking is None:
        return ""
    score, auc = found.classification.even.balanced_accuracy, found.ranking.malignancy.auc
    return (
        f"Balanced accuracy {fixed(score.value)} ({interval(score.interval)}), malignancy AUC {fixed(auc.value)} "
        f"({interval(auc.interval)}), on {counted(found.classification.images)} images of "
        f"{counted(found.classification.lesions)} lesions of the {found.part} part; every category in the tables."
    )


def point(found: Evaluation) -> str:
    """The threshold and what it does."""
    point = chosen_point(found.operating)
    if point is None or point.sensitivity is None or point.specificity is None:
        return ""
    found_share, spared = point.sensitivity.independent.value, point.specificity.independent.value
    if found_share is None or spared is None:
        return ""
    return (
        f"Threshold {fixed(point.threshold)} for {percent(point.promised, 0)} sensitivity by a lower bound on "
        f"{point.lesions} malignant lesions of calibration: here sensitivity {percent(found_share)}, specificity "
        f"{percent(spared)}."
    )


def calibration(found: Evaluation) -> str:
    """Whether probabilities are honest."""
    if found.calibration is None:
        return ""
    ece = found.calibration.independent.malignancy.equal_width
    return (
        f"Calibration error of malignancy {fixed(ece.value)}; a perfectly calibrated model with these probabilities "
        f"would show {interval(ece.perfect)}. Reliability diagrams, Brier scores and slope are in this report."
    )


def benefit(found: Evaluation) -> str:
    """Clinical usefulness."""
    return "" if found.decision_curve is None else "Decision curve with intervals, against biopsying all and none."


def subgroups(found: Evaluation) -> str:
    """Which groups were looked at."""
    if found.subgroups is None:
        return ""
    return f"Figures by {listed([each.name for each in found.subgroups.dimensions])}, and the gap from best to worst."


def abstains(found: Evaluation) -> str:
    """When no answer is given."""
    unknown = found.decision.unknown
    return "" if unknown is None else "Strange images are answered “undetermined”, unless they look malignant."


def errors(found: Evaluation) -> str:
    """How errors were looked at."""
    parts = [
        words
        for section, words in (
            (found.gallery, "a gallery of the costliest errors"),
            (found.confusions, "every pair of confused categories"),
            (found.label_errors, "suspected wrong labels"),
        )
        if section is not None
    ]
    return f"In this report: {listed(parts)}." if parts else ""


def shortcuts(found: Evaluation) -> str:
    """Which shortcuts were tested."""
    if found.shortcuts is None:
        return ""
    names = [row.name for row in found.shortcuts.rows if row.kind != "reference"]
    return f"Tests on changed images: {listed(names, most=12)}."


def explains(found: Evaluation) -> str:
    """Whether explanations were measured."""
    if found.faithfulness is None:
        return ""
    maps = listed([each.map for each in found.faithfulness.curves])
    return f"Deletion and insertion curves of {maps} on {found.faithfulness.images} images."


def limits(found: Evaluation) -> str:
    """What it does not know."""
    codes = listed([each.code for each in found.provenance.categories])
    return f"It knows {codes} and nothing else; the cautions on the first page and its model card say more."


def use(_: Evaluation) -> str:
    """What it is for."""
    return INTENDED_USE


def code(found: Evaluation) -> str:
    """How to repeat it."""
    about = found.provenance
    return (
        f"Graded by code at {found.git_revision}; trained by code at {about.environment['git_revision']}, seed "
        f"{about.environment['seed']}. The run’s config.json repeats it; report.json holds every figure."
    )


def terms(found: Evaluation) -> str:
    """Terms of data and weights."""
    return f"Data: {listed(found.provenance.licenses)}. Weights trained on it are offered under the same terms."


def _graded(found: Evaluation) -> PartCount:
    return next(each for each in found.provenance.parts if each.part == found.part)
