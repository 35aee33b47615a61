"""What the archive says of an image, in our terms: facts, or why the image is left out."""

from collections.abc import Mapping
from typing import Any

from lesion.patient import SITES
from training.archive.api import ArchiveImage
from training.catalog import Facts, LeftOut
from training.errors import InvalidData
from training.importers.isic2019 import source
from training.vocabulary import SEPARATOR, Kind, Unmapped, translate

LEVELS = range(1, 6)
DERMOSCOPIC = "dermoscopic"
MANIPULATED = ("altered", "synthetic")


def read_facts(image: ArchiveImage) -> Facts | LeftOut:
    """Facts of an image, or why it cannot be used: no single category, not dermoscopic, not as it was taken.

    A site that our vocabulary does not name is None in the facts, and its words are kept.

    Raises `InvalidData` on an age, sex or site that cannot be read.
    """
    told: dict[str, Any] = {name: value for group in image.metadata.values() for name, value in group.items()}
    obstacle = _obstacle(told)
    if obstacle is not None:
        return LeftOut(image.isic_id, obstacle)
    diagnosis = _stated_diagnosis(told)
    try:
        label = translate("diagnosis", diagnosis)
    except Unmapped as unmapped:
        return LeftOut(image.isic_id, str(unmapped))
    return Facts(
        image_id=image.isic_id,
        label=label,
        lesion_id=_text(told, "lesion_id"),
        patient_id=_text(told, "patient_id"),
        age=_age(told, image.isic_id),
        sex=_text(told, "sex") or None,
        site=_site(told),
        source=_source(image, _text(told, "lesion_id")),
        stated_diagnosis=diagnosis,
        stated_site=_stated_site(told),
        confirmation=_text(told, "diagnosis_confirm_type"),
        license=image.copyright_license,
        attribution=image.attribution,
    ).checked()


def _obstacle(told: Mapping[str, Any]) -> str | None:
    kind = _text(told, "image_type")
    if kind and kind != DERMOSCOPIC:
        return f"image type {kind!r}: not dermoscopic"
    manipulation = _text(told, "image_manipulation")
    if manipulation in MANIPULATED:
        return f"image manipulation {manipulation!r}: not as it was taken"
    return None if _stated_diagnosis(told) else "no diagnosis stated"


def _stated_diagnosis(told: Mapping[str, Any]) -> str:
    return _path(told, "diagnosis") or _text(told, "diagnosis")


def _site(told: Mapping[str, Any]) -> str | None:
    """The special site where it says which site it is, else the path, else the general site of before 2026."""
    general = _text(told, "anatom_site_general")
    return (
        _translated("special site", _text(told, "anatom_site_special"))
        or _translated("site", _path(told, "anatom_site"))
        or (general if general in SITES else None)
    )


def _stated_site(told: Mapping[str, Any]) -> str:
    words = (_path(told, "anatom_site"), _text(told, "anatom_site_special"), _text(told, "anatom_site_general"))
    return "; ".join(word for word in words if word)


def _translated(kind: Kind, words: str) -> str | None:
    try:
        return translate(kind, words) if words else None
    except Unmapped:
        return None


def _age(told: Mapping[str, Any], image_id: str) -> float | None:
    age = told.get("age_approx")
    if age is None:
        return None
    if isinstance(age, bool) or not isinstance(age, int | float):
        raise InvalidData(f"age_approx of {image_id} must be a number of years or absent. Received {age!r}.")
    return float(age)


def _source(image: ArchiveImage, lesion_id: str) -> str:
    """The data set, known by its number range, or else whom the archive attributes the image to."""
    place = source(image.isic_id, lesion_id)
    return place if place in {"HAM10000", "BCN_20000"} else image.attribution


def _path(told: Mapping[str, Any], name: str) -> str:
    return SEPARATOR.join(level for number in LEVELS if (level := _text(told, f"{name}_{number}")))


def _text(told: Mapping[str, Any], name: str) -> str:
    value = told.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise InvalidData(f"{name} must be text or absent. Received {value!r}.")
    return value.strip()
