"""Import of ISIC 2020's training set, in each of its tables: Kaggle's train.csv and the archive's two GroundTruth CSVs.

image_name, patient_id, [lesion_id,] sex, age_approx, anatom_site_general_challenge, diagnosis, benign_malignant, target

Of most images it is known only that they are benign: they have no category and are left out.
"""

from collections.abc import Mapping
from pathlib import Path

from lesion.diagnosis import CATEGORIES
from training.catalog import Catalog, Facts, LeftOut
from training.errors import InvalidData
from training.importers.join import join
from training.importers.table import by_id, isic_id, number, read_rows
from training.vocabulary import Unmapped, find_site, translate

COLUMNS = (
    "image_name",
    "patient_id",
    "sex",
    "age_approx",
    "anatom_site_general_challenge",
    "diagnosis",
    "benign_malignant",
    "target",
)
TARGETS = {"benign": 0, "malignant": 1}
MALIGNANT = {category.code: category.malignant for category in CATEGORIES}
SOURCE = "ISIC 2020"
ATTRIBUTION = "International Society for Digital Imaging of the Skin (ISDIS), 2020; doi:10.34970/2020-ds01"


def import_isic2020(ground_truth: Path, images: Path, *, license: str) -> Catalog:  # noqa: A002
    """Join the table with image files by ISIC id; images whose diagnosis is no single category are left out.

    Raises `InvalidData` when a file has no row, a row is malformed, or diagnosis, benign_malignant and target of an
    image contradict each other.
    """
    facts: dict[str, Facts] = {}
    left_out: list[LeftOut] = []
    contradictory: list[str] = []
    for image_id, row in by_id(ground_truth, "image_name", read_rows(ground_truth, COLUMNS)).items():
        target = _target(row, image_id)
        try:
            label = translate("diagnosis 2020", row["diagnosis"])
        except Unmapped as reason:
            left_out.append(LeftOut(image_id, str(reason)))
            continue
        if MALIGNANT.get(label, target) != target:
            contradictory.append(f"{image_id} ({row['diagnosis']}, target {row['target']})")
        facts[image_id] = _facts(image_id, label, row, license)
    if contradictory:
        raise InvalidData(
            f"{ground_truth.name}: diagnosis and target contradict each other for {len(contradictory)} images, "
            f"such as {contradictory[:3]}."
        )
    return join(facts, images, left_out=left_out, image_id=isic_id)


def _target(row: Mapping[str, str], image_id: str) -> bool:
    """Malignant or not, as the two columns say alike."""
    target, word = number(row["target"], f"target of {image_id}"), row["benign_malignant"]
    if word not in TARGETS or target != TARGETS[word]:
        raise InvalidData(
            f"benign_malignant and target of {image_id} must be benign and 0 or malignant and 1. "
            f"Received {word!r} and {row['target']!r}."
        )
    return target == 1


def _facts(image_id: str, label: str, row: Mapping[str, str], license: str) -> Facts:  # noqa: A002
    place = row["anatom_site_general_challenge"]
    return Facts(
        image_id=image_id,
        label=label,
        lesion_id=row.get("lesion_id", ""),
        patient_id=row["patient_id"],
        age=number(row["age_approx"], f"age_approx of {image_id}"),
        sex=row["sex"] or None,
        site=find_site("site 2020", place),
        source=SOURCE,
        stated_diagnosis=row["diagnosis"],
        stated_site=place,
        license=license,
        attribution=ATTRIBUTION,
    )
