"""The archive's metadata of 2026 in our terms."""

from typing import Any

import pytest

from tests.training.archive.holdings import DIAGNOSES, clinical
from training.archive.api import ArchiveImage
from training.archive.facts import read_facts
from training.catalog import Facts, LeftOut
from training.errors import InvalidData


def image(told: dict[str, Any], isic_id: str = "ISIC_1000000", **acquisition: str) -> ArchiveImage:
    return ArchiveImage.model_validate(
        {
            "isic_id": isic_id,
            "public": True,
            "copyright_license": "CC-BY-NC",
            "attribution": "A hospital",
            "files": {"full": {"url": "https://files.example.org/1", "size": 1}},
            "metadata": {"acquisition": {"pixels_x": 10, **acquisition}, "clinical": told},
        }
    )


def facts(told: dict[str, Any], isic_id: str = "ISIC_1000000") -> Facts:
    read = read_facts(image(told, isic_id))
    assert isinstance(read, Facts)
    return read


@pytest.mark.parametrize(("label", "levels"), DIAGNOSES.items())
def test_the_eight_categories(label: str, levels: tuple[str, ...]) -> None:
    read = facts(clinical(levels))
    assert (read.label, read.stated_diagnosis) == (label, ":".join(levels))


@pytest.mark.parametrize(
    ("told", "site", "stated"),
    [
        (clinical(site=("Head and neck", "Head", "Face", "Cheek")), "head/neck", "Head and neck:Head:Face:Cheek"),
        (clinical(site=("Trunk", "Lateral trunk", "Axilla")), "lateral torso", "Trunk:Lateral trunk:Axilla"),
        (clinical(site=("Trunk",)), None, "Trunk"),
        (clinical(site=("Moon",)), None, "Moon"),
        (clinical(), None, ""),
        (
            clinical(site=("Lower extremity", "Foot"), anatom_site_special="acral palms or soles"),
            "palms/soles",
            "Lower extremity:Foot; acral palms or soles",
        ),
        (clinical(anatom_site_special="fingernail"), "upper extremity", "fingernail"),
        (
            clinical(site=("Upper extremity", "Hand"), anatom_site_special="nail NOS"),
            "upper extremity",
            "Upper extremity:Hand; nail NOS",
        ),
        (clinical(anatom_site_special="acral NOS"), None, "acral NOS"),
        (clinical(anatom_site_general="anterior torso"), "anterior torso", "anterior torso"),
        (clinical(anatom_site_general="torso"), None, "torso"),
        (
            clinical(site=("Trunk",), anatom_site_general="posterior torso"),
            "posterior torso",
            "Trunk; posterior torso",
        ),
    ],
)
def test_sites(told: dict[str, Any], site: str | None, stated: str) -> None:
    read = facts({**clinical(DIAGNOSES["NV"]), **told})
    assert (read.site, read.stated_site) == (site, stated)


def test_everything_else_is_taken_as_it_stands() -> None:
    told = clinical(
        DIAGNOSES["BKL"],
        age_approx=85,
        sex="female",
        lesion_id="IL_1",
        patient_id="IP_1",
        diagnosis_confirm_type="single image expert consensus",
    )
    read = facts(told)
    assert (read.age, read.sex, read.lesion_id, read.patient_id) == (85, "female", "IL_1", "IP_1")
    assert (read.license, read.attribution, read.source) == ("CC-BY-NC", "A hospital", "A hospital")
    assert read.confirmation == "single image expert consensus"


def test_what_is_absent_is_not_known() -> None:
    read = facts(clinical(DIAGNOSES["BKL"], age_approx=None, sex=None))
    assert (read.age, read.sex, read.site, read.lesion_id, read.confirmation) == (None, None, None, "", "")


@pytest.mark.parametrize(
    ("isic_id", "source"),
    [("ISIC_0024306", "HAM10000"), ("ISIC_0053454", "BCN_20000"), ("ISIC_0000001", "A hospital")],
)
def test_sources_of_isic_2019_go_by_their_numbers(isic_id: str, source: str) -> None:
    assert facts(clinical(DIAGNOSES["NV"]), isic_id).source == source


@pytest.mark.parametrize(
    ("told", "acquisition", "reason"),
    [
        (clinical(("Malignant",)), {}, "diagnosis 'Malignant': no single category of ISIC 2019"),
        (clinical(("Pending",)), {}, "diagnosis 'Pending' is not in the vocabulary"),
        ({"diagnosis": "nevus"}, {}, "diagnosis 'nevus' is not in the vocabulary"),
        (clinical(), {}, "no diagnosis stated"),
        (
            clinical(DIAGNOSES["NV"]),
            {"image_type": "TBP tile: close-up"},
            "image type 'TBP tile: close-up': not dermos",
        ),
        (clinical(DIAGNOSES["NV"]), {"image_manipulation": "altered"}, "image manipulation 'altered': not as it was"),
        (clinical(DIAGNOSES["NV"]), {"image_manipulation": "synthetic"}, "image manipulation 'synthetic'"),
    ],
)
def test_what_cannot_be_used_is_left_out_with_the_reason(
    told: dict[str, Any], acquisition: dict[str, str], reason: str
) -> None:
    read = read_facts(image(told, **acquisition))
    assert isinstance(read, LeftOut)
    assert read.reason.startswith(reason)


@pytest.mark.parametrize("acquisition", [{}, {"image_type": "dermoscopic"}, {"image_manipulation": "instrument only"}])
def test_what_does_not_speak_against_use(acquisition: dict[str, str]) -> None:
    assert isinstance(read_facts(image(clinical(DIAGNOSES["NV"]), **acquisition)), Facts)


@pytest.mark.parametrize(
    ("told", "message"),
    [
        ({"age_approx": "85+"}, "must be a number of years or absent. Received '85\\+'"),
        ({"age_approx": True}, "must be a number of years or absent. Received True"),
        ({"age_approx": 850}, "outside our vocabulary: age: Input should be less than or equal to 120. Received 850"),
        ({"sex": "f"}, "sex: Input should be"),
        ({"lesion_id": 7}, "lesion_id must be text or absent. Received 7"),
    ],
)
def test_malformed_metadata_is_an_error(told: dict[str, Any], message: str) -> None:
    with pytest.raises(InvalidData, match=message):
        read_facts(image({**clinical(DIAGNOSES["NV"]), **told}))
