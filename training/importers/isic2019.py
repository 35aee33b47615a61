"""Import of the official ISIC 2019 layout, training or test: two CSV files and a folder or zip of images.

The ground truth has one column a category (MEL … SCC, UNK), one of them 1, and in the test set weights besides; the
metadata has age_approx, sex, anatom_site_general and (in the training set) lesion_id, each of which may be empty. 2,074
file names end in `_downsampled`: rows are joined by the ISIC id, the first 12 characters. The image folder may hold a
part of the images (HAM10000 alone, say); every file must have its row.
"""

from pathlib import Path

from lesion.diagnosis import CODES, UNKNOWN_CODE
from training.catalog import Catalog, Facts
from training.errors import InvalidData
from training.importers.join import join
from training.importers.table import by_id, isic_id, number, read_rows
from training.importers.truth import read_truth

HAM10000_IDS = range(24306, 34321)
BCN20000_IDS = range(53454, 73255)
ATTRIBUTIONS = {
    "HAM10000": "ViDIR Group, Department of Dermatology, Medical University of Vienna; doi:10.1038/sdata.2018.161",
    "BCN_20000": "Department of Dermatology, Hospital Clínic de Barcelona; arXiv:1908.02288",
    "MSK": "MSK; arXiv:1902.03368",
    "other": "International Skin Imaging Collaboration",
}


def import_isic2019(ground_truth: Path, metadata: Path, images: Path, *, license: str) -> Catalog:  # noqa: A002
    """Join ground truth, metadata and image files by ISIC id.

    Raises `InvalidData` when a file has no row, a row is malformed, or the two CSV files name different images.
    """
    return join(read_facts(ground_truth, metadata, license=license), images, image_id=isic_id)


def read_facts(ground_truth: Path, metadata: Path, *, license: str = "") -> dict[str, Facts]:  # noqa: A002
    """Facts by image id from the CSV files alone, for splits that cover images not at hand. Raises as above."""
    labels = read_labels(ground_truth)
    rows = by_id(metadata, "image", read_rows(metadata, ("image", "age_approx", "anatom_site_general", "sex")))
    if labels.keys() != rows.keys():
        odd = sorted(labels.keys() ^ rows.keys())
        raise InvalidData(f"Ground truth and metadata name different images: {len(odd)}, such as {odd[:3]}.")
    return {name: _facts(name, labels[name], row, license) for name, row in rows.items()}


def _facts(image_id: str, label: str, row: dict[str, str], license: str) -> Facts:  # noqa: A002
    lesion_id = row.get("lesion_id", "")
    place = source(image_id, lesion_id)
    return Facts(
        image_id=image_id,
        label=label,
        lesion_id=lesion_id,
        age=number(row["age_approx"], f"age_approx of {image_id}"),
        sex=row["sex"] or None,
        site=row["anatom_site_general"] or None,
        source=place,
        stated_diagnosis=label,
        stated_site=row["anatom_site_general"],
        license=license,
        attribution=ATTRIBUTIONS[place],
    )


def read_labels(path: Path) -> dict[str, str]:
    """image id → category or UNK from a one-hot ground truth. Raises `InvalidData` unless each row has just one."""
    return read_truth(path, CODES, (UNKNOWN_CODE,))


def source(image_id: str, lesion_id: str) -> str:
    """Archive an ISIC 2019 image comes from, by its number range and lesion id prefix."""
    place = int(image_id[5:])
    if place in HAM10000_IDS:
        return "HAM10000"
    if place in BCN20000_IDS:
        return "BCN_20000"
    return "MSK" if lesion_id.startswith("MSK") else "other"
