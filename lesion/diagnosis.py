"""The eight diagnostic categories of ISIC 2019, in the column order of its official ground truth."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Category:
    """One diagnostic category.

    `malignant` follows ISIC 2019's own reading: actinic keratosis is pre-malignant and is not counted as malignant.
    """

    code: str
    name: str
    malignant: bool


CATEGORIES: tuple[Category, ...] = (
    Category("MEL", "Melanoma", malignant=True),
    Category("NV", "Melanocytic nevus", malignant=False),
    Category("BCC", "Basal cell carcinoma", malignant=True),
    Category("AK", "Actinic keratosis", malignant=False),
    Category("BKL", "Benign keratosis-like lesion", malignant=False),
    Category("DF", "Dermatofibroma", malignant=False),
    Category("VASC", "Vascular lesion", malignant=False),
    Category("SCC", "Squamous cell carcinoma", malignant=True),
)

CODES: tuple[str, ...] = tuple(category.code for category in CATEGORIES)
"""Category codes in class order: position k of every logits row belongs to `CODES[k]`."""

UNKNOWN_CODE = "UNK"
"""The official ground truth's ninth column, empty in the training set: an image of none of the eight categories."""
