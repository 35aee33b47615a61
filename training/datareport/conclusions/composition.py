"""Conclusions from counts: independence, imbalance, sources, parts, and who the patients are."""

import math

from training.datareport.counts import NO_PART
from training.datareport.describe import DataReport
from training.datareport.tables import NOT_STATED, CrossTable
from training.datareport.words import listed, of_all, percent, plural, verb

FEW_LESIONS = 100
"""Fewer give a recall a 95 % interval of ten points or more to either side."""
FEW_IMAGES = 100
CHILD_YEARS = 15
_CLEAR_GAP = 0.1
_CLEAR_GAP_YEARS = 10
_FEW_OWNERS = 2
_HISTOLOGY = "histo"  # how HAM10000 (histo) and the archive (histopathology) both begin it


def head(report: DataReport) -> str:
    """Independent groups against images, and whether patients are known."""
    told = report.head
    repeated = told.images - told.groups
    text = (
        f"The {plural(told.images, 'image forms', 'images form')} {plural(told.groups, 'independent group')} by "
        "lesion, patient and duplicate picture: "
    )
    text += (
        f"{percent(repeated / told.images)} of the images repeat what another shows, so a split by image would leak."
        if repeated
        else "no image is known to repeat another."
    )
    if told.images_without_patient == told.images:
        return f"{text} No patient is named: nothing shows whether two lesions in different parts are of one person."
    if told.images_without_patient:
        return f"{text} {plural(told.images_without_patient, 'image names', 'images name')} no patient."
    return text


def terms(report: DataReport) -> str:
    """Commercial use."""
    barred = sum(item.images for item in report.terms if "NC" in item.license.upper().replace("-", " ").split())
    unstated = sum(item.images for item in report.terms if item.license == NOT_STATED)
    text = (
        f"{of_all(barred, report.head.images)} {verb(barred, 'is', 'are')} for non-commercial use only, and models "
        "trained on them are offered under the same terms."
        if barred
        else "No stated license forbids commercial use."
    )
    return f"{text} {plural(unstated, 'image has', 'images have')} no license stated." if unstated else text


def categories(report: DataReport) -> str:
    """Imbalance, and which categories are too small to be judged."""
    seen = [item for item in report.categories if item.images]
    absent = [item.code for item in report.categories if not item.images]
    if len(seen) == 1:
        return f"All images are of one category, {seen[0].code}: there is nothing to tell apart."
    most, least = max(seen, key=lambda item: item.images), min(seen, key=lambda item: item.images)
    text = (
        f"Answering {most.code} to everything would be right for {percent(most.share)} of the images: judge by "
        "balanced accuracy, not by accuracy."
    )
    if most.images > least.images:
        text += f" {most.code} is {most.images / least.images:.3g} times as frequent as {least.code}."
    few = [item.code for item in seen if item.lesions < FEW_LESIONS]
    if few:
        text += (
            f" {listed(few)} {verb(len(few), 'has', 'have')} fewer than {FEW_LESIONS} lesions: no figure for "
            f"{verb(len(few), 'it', 'them')} will be precise."
        )
    return f"{text} There is no image of {listed(absent, 'or')}." if absent else text


def sources(report: DataReport) -> str:
    """Categories that only some sources have."""
    table = report.sources
    if len(table.rows) == 1:
        return f"All images come from one source ({table.rows[0]}): nothing here tells how a model does elsewhere."
    owned: dict[tuple[str, ...], list[str]] = {}
    for code, total in zip(table.columns, table.column_totals, strict=True):
        owners = tuple(row for row in table.rows if table.count(row, code))
        if total and len(owners) < len(table.rows):
            owned.setdefault(owners, []).append(code)
    text = f"{table.rows[0]} gives {percent(table.row_totals[0] / table.total)} of the images."
    if not owned:
        return f"{text} Every category comes from every source."
    for owners, codes in owned.items():
        if len(owners) <= _FEW_OWNERS:
            text += f" {listed(codes)} {verb(len(codes), 'comes', 'come')} only from {listed(owners)}."
    partly = [code for owners, codes in owned.items() if len(owners) > _FEW_OWNERS for code in codes]
    if partly:
        text += f" {listed(partly)} {verb(len(partly), 'is', 'are')} missing from some source."
    return f"{text} A model that recognizes a source can rule categories out without looking at the lesion."


def parts(report: DataReport) -> str:
    """Whether the split is honest, and how few lesions its smallest cell has."""
    split = report.parts
    if split is None:
        return ""
    outside = sum(split.images.count(NO_PART, code) for code in split.images.columns)
    if outside == report.head.images:
        return f"The split {split.name} names none of these images."
    divided = len(split.divided)
    text = (
        f"The split divides {plural(divided, 'group')} of lesion, patient or picture between its parts: it leaks."
        if divided
        else "The split divides no lesion, no patient and no known duplicate."
    )
    tested = {code: split.lesions.count("test", code) for code in split.lesions.columns}
    smallest = min((code for code, count in tested.items() if count), key=lambda code: tested[code], default=None)
    if smallest is not None:
        margin = 1.96 * math.sqrt(0.25 / tested[smallest])
        text += (
            f" Its test part has {plural(tested[smallest], 'lesion')} of {smallest}: a recall of 50 % there would be "
            f"known to about ±{min(100 * margin, 50):.0f} points."
        )
    return f"{text} {plural(outside, 'image is', 'images are')} in no part." if outside else text


def sex(report: DataReport) -> str:
    """Range of the share of men over categories."""
    shares = _shares_of_men(report.patients.sex)
    if not shares:
        return "Sex is not stated."
    low, high = _ends(shares)
    if low == high:
        return f"Where sex is stated, {percent(shares[low], 0)} of {low} are of men."
    return (
        f"Where sex is stated, {percent(shares[low], 0)} of {low} and {percent(shares[high], 0)} of {high} are of men: "
        f"sex is {'a hint' if shares[high] - shares[low] > _CLEAR_GAP else 'hardly a hint'} of the category."
    )


def age(report: DataReport) -> str:
    """Range of mean ages, and whether there are children."""
    means = {item.code: item.mean_age for item in report.categories if item.mean_age is not None}
    if not means:
        return "Age is not stated."
    low, high = _ends(means)
    table = report.patients.age
    children = sum(
        total
        for name, total in zip(table.rows, table.row_totals, strict=True)
        if name != NOT_STATED and int(name) < CHILD_YEARS
    )
    text = f"Mean age is {means[low]:.0f} years."
    if low != high:
        clear = means[high] - means[low] >= _CLEAR_GAP_YEARS
        text = (
            f"Mean age runs from {means[low]:.0f} years ({low}) to {means[high]:.0f} ({high}): age alone "
            f"{'separates' if clear else 'hardly separates'} categories."
        )
    return f"{text} {plural(children, 'image is', 'images are')} of children under {CHILD_YEARS}" + (
        ": too few to know how a model does on them." if children < FEW_IMAGES else "."
    )


def site(report: DataReport) -> str:
    """The site that most holds one category."""
    table = report.patients.site
    stated = [row for row in table.rows if row != NOT_STATED]
    if not stated:
        return "Site is not stated."
    row, code = max(((row, code) for row in stated for code in table.columns), key=lambda key: table.share(*key))
    totals = dict(zip(table.rows, table.row_totals, strict=True))
    text = (
        f"{percent(table.share(row, code), 0)} of {code} are from {row}, and "
        f"{percent(totals[row] / table.total, 0)} of all images."
    )
    rare = [name for name in stated if totals[name] < FEW_IMAGES]
    return f"{text} Fewer than {FEW_IMAGES} images each are from {listed(rare)}." if rare else text


def confirmation(report: DataReport) -> str:
    """How much of the truth is histology."""
    table = report.patients.confirmation
    stated = table.total - dict(zip(table.rows, table.row_totals, strict=True)).get(NOT_STATED, 0)
    if not stated:
        return "How the diagnoses were confirmed is not stated: wrong labels cannot be told from hard cases."
    histology = [row for row in table.rows if row.lower().startswith(_HISTOLOGY)]
    shares = {
        code: sum(table.share(row, code) for row in histology)
        for code, total in zip(table.columns, table.column_totals, strict=True)
        if total
    }
    low, high = _ends(shares)
    whole = sum(table.count(row, code) for row in histology for code in table.columns) / table.total
    text = f"How it was confirmed is stated for {percent(stated / table.total)} of the images"
    text += f"; histology confirmed {percent(whole)}"
    if low == high or shares[high] - shares[low] <= _CLEAR_GAP:
        return f"{text}."
    return (
        f"{text}, from {percent(shares[low], 0)} of {low} to {percent(shares[high], 0)} of {high}. Lesions that were "
        "excised look more suspicious than those that were not: read results on both."
    )


def _shares_of_men(table: CrossTable) -> dict[str, float]:
    stated = [name for name in table.rows if name not in {NOT_STATED, "unknown"}]
    totals = {code: sum(table.count(name, code) for name in stated) for code in table.columns}
    return {code: table.count("male", code) / total for code, total in totals.items() if total}


def _ends(values: dict[str, float]) -> tuple[str, str]:
    """The names of the smallest and the largest."""
    return min(values, key=lambda name: values[name]), max(values, key=lambda name: values[name])
