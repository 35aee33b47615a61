import io
from functools import cache

import numpy as np
import pytest
from PIL import Image

from lesion.diagnosis import CODES
from lesion.patient import MetadataSpec, Patient, encode
from tests.training.evaluation.trials import draw
from training.catalog import Record
from training.evaluation.answers import Answers
from training.evaluation.explanation import Explanation
from training.evaluation.gallery import Gallery, gallery
from training.evaluation.neighbors import Learned
from training.evaluation.subject import Images, Logits, Metadata, Subject
from training.evaluation.wall import Pictures
from training.splits import Leak
from training.target import ISIC2019

METADATA = MetadataSpec()
COUNT, SIDE = 120, 24
RNG = np.random.default_rng(0)
ANSWERS = draw(COUNT, seed=9)
IMAGES = RNG.integers(0, 256, (COUNT, SIDE, SIDE, 3), np.uint8)
FEATURES = RNG.normal(size=(COUNT, 6)).astype("f")
PATIENT = Patient(age=60, sex="male", site="head/neck")


def record(image_id: str, lesion_id: str) -> Record:
    return Record(
        image_id=image_id, lesion_id=lesion_id, label="NV", age=60, sex="male", site="head/neck", sha256="", file=""
    )


def ask(images: Images, metadata: Metadata) -> Logits:
    """MEL wherever the age is unknown."""
    logits = np.zeros((len(images), len(CODES)), np.float32)
    logits[:, 0] = 20 * metadata[:, METADATA.columns.index("age: unknown")]
    return logits


def explanation(answers: Answers) -> Explanation:
    evidence = RNG.normal(size=(COUNT, 3, 3, 8)).astype("f")
    contributions = np.zeros((COUNT, METADATA.width, 8), "f")
    contributions[:, METADATA.columns.index("sex: male")] = -0.5
    contributions[:, METADATA.columns.index("age")] = 2
    logits = answers.predictions.logits
    # The rest is one more even layer of evidence: terms must add up.
    rest = logits - evidence.mean(axis=(1, 2)) - contributions.sum(axis=1)
    return Explanation(logits, np.zeros(8, "f"), evidence + rest[:, None, None], contributions)


@cache
def shown(*, explained: bool = True, lesion: str = "other", limit: int = 4) -> tuple[Gallery, Pictures]:
    records = [
        record(*names)
        for names in zip(ANSWERS.predictions.image_id.tolist(), ANSWERS.predictions.lesion_id.tolist(), strict=True)
    ]
    metadata = np.tile(encode(PATIENT, METADATA), (COUNT, 1))
    subject = Subject(ask, IMAGES, metadata, records, METADATA, ISIC2019)
    learned = Learned(FEATURES[1:10], IMAGES, np.arange(9), [record(f"t{place}", lesion) for place in range(9)])
    return gallery(ANSWERS, subject, FEATURES, learned, explanation(ANSWERS) if explained else None, limit)


def test_every_entry_tells_what_was_answered_to_its_image() -> None:
    found, _ = shown()
    assert [section.kind for section in found.sections] == ["missed", "misnamed", "false alarm"]
    assert (found.sensitivity, found.threshold) == (0.95, 0.3)
    places = {name: place for place, name in enumerate(ANSWERS.predictions.image_id.tolist())}
    for section in found.sections:
        assert 0 < len(section.entries) <= 4 <= section.images
        for entry in section.entries:
            place = places[entry.image_id]
            assert entry.probabilities["BKL"] == ANSWERS.decision.probabilities[place, CODES.index("BKL")]
            assert entry.label == CODES[ANSWERS.label[place]]
            assert entry.answer == max(entry.probabilities, key=lambda code: entry.probabilities[code])
            assert entry.margin == pytest.approx(entry.malignancy - 0.3)
            assert (entry.age_years, entry.sex, entry.site) == (60, "male", "head/neck")
            assert (entry.malignancy < 0.3) == (section.kind == "missed")


def test_the_pictures_are_those_that_are_named_and_stay_out_of_the_report() -> None:
    found, pictures = shown()
    entries = [entry for section in found.sections for entry in section.entries]
    named = {entry.picture for entry in entries} | {each.picture for entry in entries for each in entry.maps}
    named |= {neighbor.picture for entry in entries for neighbor in entry.neighbors}
    assert named == set(pictures)
    formats = {name: Image.open(io.BytesIO(data)).format for name, data in pictures.items()}
    assert all(form == ("PNG" if name.endswith("png") else "JPEG") for name, form in formats.items())
    assert Gallery.model_validate_json(found.model_dump_json()) == found


def test_maps_are_of_the_answer_and_of_what_it_should_have_been() -> None:
    found, _ = shown()
    for entry in (entry for section in found.sections for entry in section.entries):
        first, second = (each.category for each in entry.maps)
        assert first == entry.answer
        if entry.answer != entry.label:
            assert second == entry.label
        else:
            malignant = dict(zip(CODES, ANSWERS.malignant_classes, strict=True))
            assert malignant[second] != malignant[first]


def test_maps_are_counted_from_the_average_picture() -> None:
    found, _ = shown()
    whole = explanation(ANSWERS)
    entry = found.sections[0].entries[0]
    place = ANSWERS.predictions.image_id.tolist().index(entry.image_id)
    category = CODES.index(entry.answer)
    terms = whole.contributions[place, :, category].sum()
    average = whole.evidence[..., category].mean()
    assert entry.maps[0].logit == pytest.approx(ANSWERS.logits[place, category] - terms - average, abs=1e-4)


def test_the_largest_metadata_terms_are_told_and_those_of_nothing_are_not() -> None:
    entry = shown()[0].sections[0].entries[0]
    assert [(term.column, term.logit) for term in entry.terms] == [("age", 2), ("sex: male", -0.5)]


def test_the_picture_alone_is_asked_with_nothing_known() -> None:
    entries = [entry for section in shown()[0].sections for entry in section.entries]
    assert all(entry.malignancy_alone > 0.99 for entry in entries)


def test_a_model_without_evidence_shows_no_maps() -> None:
    found, pictures = shown(explained=False)
    assert all(not entry.maps and not entry.terms for section in found.sections for entry in section.entries)
    assert {name[-3:] for name in pictures} == {"jpg"}


def test_no_neighbor_shows_the_same_lesion() -> None:
    lesion = str(
        ANSWERS.predictions.lesion_id[ANSWERS.predictions.image_id == shown()[0].sections[0].entries[0].image_id][0]
    )
    with pytest.raises(Leak):
        shown(lesion=lesion)


def test_an_empty_wall_is_still_a_gallery() -> None:
    found, pictures = shown(limit=0)
    assert pictures == {}
    assert sum(section.images for section in found.sections) > 0
