"""Every word of the archive's vocabularies is either translated or refused for a stated reason; never forgotten."""

import csv
from collections import Counter
from typing import get_args

import pytest
from isic_metadata.anatom_site_hierarchical import AnatomSiteEnum
from isic_metadata.diagnosis_hierarchical import DiagnosisEnum
from isic_metadata.fields import AnatomSiteSpecialEnum

from lesion.diagnosis import CODES, UNKNOWN_CODE
from lesion.patient import SITES
from tests.paths import data_file
from training import vocabulary
from training.importers.ham10000 import categories
from training.importers.isic2019 import read_facts
from training.importers.table import read_rows
from training.vocabulary import DiagnosisKind, Kind, SiteKind, Unmapped, find_site, translate

DIAGNOSES = tuple(str(item.value) for item in DiagnosisEnum)
ANATOMY = tuple(str(item.value) for item in AnatomSiteEnum)
SPECIAL = tuple(str(item.value) for item in AnatomSiteSpecialEnum)
ARCHIVE: dict[Kind, tuple[str, ...]] = {"diagnosis": DIAGNOSES, "site": ANATOMY, "special site": SPECIAL}
BOWEN = (
    "Malignant:Malignant epidermal proliferations:Squamous cell carcinoma in situ:"
    "Squamous cell carcinoma in situ, Bowens disease"
)
WORDS = [(kind, word) for kind, words in ARCHIVE.items() for word in words]


def rows() -> list[dict[str, str]]:
    with vocabulary.FILE.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def test_every_word_of_the_archive_is_translated_or_refused_for_a_reason() -> None:
    forgotten = []
    for kind, word in WORDS:
        try:
            assert translate(kind, word) in (*CODES, UNKNOWN_CODE, *SITES)
        except Unmapped as reason:
            if "not in the vocabulary" in str(reason) or str(reason).endswith(": "):
                forgotten.append(word)
    assert len(WORDS) > 600
    assert forgotten == []


def test_every_row_speaks_of_a_word_that_exists() -> None:
    strangers = [row for row in rows() if row["value"] not in ARCHIVE.get(row["kind"], (row["value"],))]  # type: ignore[call-overload]
    assert strangers == []


def test_every_row_becomes_what_its_kind_may_become() -> None:
    kinds = dict.fromkeys(get_args(DiagnosisKind), (*CODES, UNKNOWN_CODE)) | dict.fromkeys(get_args(SiteKind), SITES)
    assert {row["kind"] for row in rows()} == kinds.keys()
    assert [row for row in rows() if row["becomes"] and row["becomes"] not in kinds[row["kind"]]] == []
    assert [row for row in rows() if not row["becomes"] and not row["note"]] == []


def test_no_row_stands_twice() -> None:
    counts = Counter((row["kind"], row["value"]) for row in rows())
    assert [word for word, count in counts.items() if count > 1] == []
    assert len(vocabulary.read()) == len(rows())


def test_no_malignant_word_of_the_archive_becomes_a_benign_category() -> None:
    benign = {"NV", "BKL", "DF", "VASC"}
    for word in DIAGNOSES:
        try:
            category = translate("diagnosis", word)
        except Unmapped:
            continue
        first = word.split(":")[0]
        assert not (first == "Malignant" and category in benign), word
        assert not (first == "Benign" and category in {"MEL", "BCC", "SCC", "AK"}), word


@pytest.mark.parametrize(
    ("kind", "word", "becomes"),
    [
        ("diagnosis", "Benign:Benign melanocytic proliferations:Nevus:Blue nevus:Blue nevus, Cellular", "NV"),
        ("diagnosis", "Malignant:Malignant melanocytic proliferations (Melanoma):Melanoma in situ", "MEL"),
        ("diagnosis", BOWEN, "SCC"),
        ("diagnosis", "Benign:Benign soft tissue proliferations - Fibro-histiocytic:Dermatofibroma", "DF"),
        ("diagnosis", "Benign:Benign soft tissue proliferations - Fibro-histiocytic:Scar", "UNK"),
        ("diagnosis", "Benign:Benign soft tissue proliferations - Vascular:Hemangioma:Hemangioma, Cherry", "VASC"),
        ("site", "Head and neck:Head:Face:Mouth:Tongue", "oral/genital"),
        ("site", "Head and neck:Head:Face:Oral region:Lip", "head/neck"),
        ("site", "Lower extremity:Foot:Sole of foot:Heel", "palms/soles"),
        ("site", "Lower extremity:Foot:Toes:Great toe", "lower extremity"),
        ("dx", "bkl", "BKL"),
        ("diagnosis 2020", "cafe-au-lait macule", "UNK"),
    ],
)
def test_the_longest_row_that_begins_a_path_decides(kind: Kind, word: str, becomes: str) -> None:
    assert translate(kind, word) == becomes


@pytest.mark.parametrize(
    ("kind", "word", "reason"),
    [
        ("diagnosis", "Malignant", "no single category of ISIC 2019"),
        ("diagnosis", "Benign:Benign soft tissue proliferations - Fibro-histiocytic", "dermatofibroma and others"),
        ("diagnosis", "Malignant:Malignant melanocytic proliferations (Melanoma):Melanoma metastasis", "not a primary"),
        ("dx", "akiec", "Bowen's disease"),
        ("dx", "scc", "is not in the vocabulary"),
        ("site", "Trunk", "which side of the torso"),
        ("site", "Anogenital region:Genital region:Perigenital region:Suprapubic region:Mons pubis", "groin and pubis"),
        ("diagnosis 2020", "Melanoma", "is not in the vocabulary"),
    ],
)
def test_what_fits_no_single_category_says_why(kind: Kind, word: str, reason: str) -> None:
    with pytest.raises(Unmapped, match=reason):
        translate(kind, word)


def test_a_site_that_says_too_little_is_none() -> None:
    assert find_site("localization", "back") == "posterior torso"
    assert find_site("localization", "trunk") is None
    assert find_site("localization", "") is None


@pytest.mark.data
def test_ham10000_agrees_with_isic_2019_image_by_image() -> None:
    official = read_facts(data_file("ISIC_2019_Training_GroundTruth.csv"), data_file("ISIC_2019_Training_Metadata.csv"))
    table = read_rows(data_file("HAM10000_metadata_with_dataset.csv"), ("image_id", "dx", "localization"))
    assert len(table) == 10015
    assert [row for row in table if official[row["image_id"]].label not in categories(row["dx"])] == []
    sited = [row for row in table if official[row["image_id"]].site]
    assert len(sited) == 8329
    assert [
        row for row in sited if find_site("localization", row["localization"]) != official[row["image_id"]].site
    ] == []
