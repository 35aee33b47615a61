"""A model that reads what it should not must be found out, and one that does not must not be accused."""

import numpy as np
import pytest

from lesion.decision import DecisionSpec, OperatingPoint
from lesion.diagnosis import CODES
from lesion.patient import MetadataSpec, encode
from training.catalog import Record
from training.evaluation import alterations, painting
from training.evaluation.changes import changes
from training.evaluation.shortcuts import Shortcut, Shortcuts, shortcuts, stratified
from training.evaluation.subject import Ask, Images, Logits, Metadata, Subject
from training.target import ISIC2019

SIDE, COUNT = 64, 60
SPEC = MetadataSpec()
POINT = OperatingPoint(sensitivity=0.95, threshold=0.5, lower_bound=0.95, lesions=100)
DECISION = DecisionSpec(temperature=1.0, operating_points=(POINT,))
DARK, BROWN = (60, 40, 30), (150, 98, 70)
MEL, NV = CODES.index("MEL"), CODES.index("NV")


def spot(color: tuple[int, int, int], rng: np.random.Generator) -> Images:
    """A round lesion on noisy skin, uint8 (S, S, 3)."""
    along = np.arange(SIDE) - (SIDE - 1) / 2
    inside = np.hypot(along[:, None], along) < rng.uniform(0.2, 0.3) * SIDE
    skin = np.array([222, 178, 158]) + rng.normal(0, 3, (SIDE, SIDE, 3))
    picture: Images = np.where(inside[..., None], color, skin).astype(np.uint8)
    return picture


def subject(ask: Ask) -> Subject:
    """Dark melanomas, under a blue mark in a corner and of the old, and brown nevi without one and of the young."""
    images, records = [], []
    for number in range(COUNT):
        label = ("MEL", "NV")[number % 2]
        picture = spot(DARK if label == "MEL" else BROWN, np.random.default_rng(number))
        if label == "MEL":
            picture[:6, :6] = (0, 0, 255)
        images.append(picture)
        age = 80.0 if label == "MEL" else 20.0
        records.append(
            Record(
                image_id=f"I{number}", label=label, lesion_id=f"L{number // 2 // 2}{label}", age=age, sha256="", file=""
            )
        )
    metadata = np.stack([encode(each.patient, SPEC) for each in records])
    return Subject(ask, np.stack(images), metadata, records, SPEC, ISIC2019)


def told(malignant: np.ndarray) -> Logits:
    """Logits float32 (N, C) of melanoma or nevus, by how malignant (N,): above 0 is melanoma."""
    logits = np.full((len(malignant), len(CODES)), -20.0, np.float32)
    logits[:, MEL], logits[:, NV] = malignant, -malignant
    return logits


def by_mark(images: Images, metadata: Metadata) -> Logits:
    corner = images[:, :4, :4].astype(np.float64).mean(axis=(1, 2))
    return told((corner[:, 2] - corner[:, 0]) / 40 - 1)


def by_middle(images: Images, metadata: Metadata) -> Logits:
    middle = images[:, 24:40, 24:40].mean(axis=(1, 2, 3))
    return told((75 - middle) / 4)


def by_age(images: Images, metadata: Metadata) -> Logits:
    return told(metadata[:, 0] * 10 - 5)


def row(found: Shortcuts, name: str) -> Shortcut:
    return next(each for each in found.rows if each.name == name)


@pytest.fixture(scope="module")
def marked() -> Shortcuts:
    return shortcuts(subject(by_mark), DECISION)


def test_a_model_that_reads_a_mark_in_the_corner_is_found_out(marked: Shortcuts) -> None:
    assert marked.chance == 0.5
    for name in ("border only", "corners only", "without the lesion"):
        assert row(marked, name).balanced_accuracy.value == 1.0, name
    assert row(marked, "lesion only").balanced_accuracy.value == 0.5
    assert row(marked, "metadata only").balanced_accuracy.value == 0.5


def test_a_model_that_reads_the_lesion_is_not_accused() -> None:
    found = shortcuts(subject(by_middle), DECISION)
    assert row(found, "as it is").balanced_accuracy.value == 1.0
    for name in ("border only", "corners only"):
        assert row(found, name).balanced_accuracy.value == 0.5, name
        assert "not above chance" in row(found, name).reads
    assert row(found, "lesion only").balanced_accuracy.value == 1.0
    for name in ("ruler", "dark corners"):
        assert row(found, name).malignancy_shift < 0.05, name


def test_a_model_that_reads_the_age_alone_is_found_out() -> None:
    found = shortcuts(subject(by_age), DECISION)
    assert row(found, "metadata only").balanced_accuracy.value == 1.0
    assert row(found, "picture only").balanced_accuracy.value == 0.5
    others = row(found, "metadata of others")
    assert others.balanced_accuracy.value is not None
    assert others.balanced_accuracy.value < 0.9
    assert others.flips is not None
    assert others.flips.hits > 0
    assert "less balanced accuracy than with both as they are" in others.reads


def test_paint_that_makes_lesions_suspicious_is_counted() -> None:
    def by_ink(images: Images, metadata: Metadata) -> Logits:
        blue = images[..., 2].astype(np.int64) > images[..., 1].astype(np.int64) + 8
        blue[:, :6, :6] = False
        return told(blue.sum(axis=(1, 2)) / 2 - 3.0)

    ink = row(shortcuts(subject(by_ink), DECISION), "ink")
    assert ink.false_alarms is not None
    assert ink.false_alarms.value is not None
    assert ink.false_alarms.value > 0.5
    assert "(many)" in ink.reads
    assert ink.malignancy_change > 0.3


def test_paint_that_hides_malignant_lesions_is_counted() -> None:
    """A dark surround makes this model call everything harmless."""

    def by_corner(images: Images, metadata: Metadata) -> Logits:
        middle, corner = images[:, 24:40, 24:40].mean(axis=(1, 2, 3)), images[:, -3:, -3:].mean(axis=(1, 2, 3))
        return told(np.where(corner < 60, -5.0, (75 - middle) / 4))

    dark = row(shortcuts(subject(by_corner), DECISION), "dark corners")
    assert dark.missed is not None
    assert (dark.missed.hits, dark.missed.total) == (COUNT // 2, COUNT // 2)
    assert "100.0% of the malignant ones that were suspicious no longer are" in dark.reads
    assert dark.false_alarms is not None
    assert dark.false_alarms.hits == 0


def test_the_reference_changes_nothing(marked: Shortcuts) -> None:
    first = marked.rows[0]
    assert (first.name, first.kind) == ("as it is", "reference")
    assert (first.malignancy_change, first.malignancy_shift) == (0.0, 0.0)
    assert first.flips is not None
    assert first.flips.hits == 0
    assert first.missed is not None
    assert first.missed.hits == 0
    assert (marked.images, marked.of) == (COUNT, COUNT)
    assert Shortcuts.model_validate_json(marked.model_dump_json()) == marked
    assert all(each.reads for each in marked.rows)


def test_a_limit_keeps_every_class_in_proportion_and_is_seeded() -> None:
    label = np.repeat([0, 1, 2], [600, 390, 10])
    chosen = stratified(label, 100, seed=1)
    assert np.bincount(label[chosen]).tolist() == [60, 39, 1]
    assert chosen.tolist() == stratified(label, 100, seed=1).tolist()
    assert chosen.tolist() != stratified(label, 100, seed=2).tolist()
    assert stratified(label, 5000, seed=1).tolist() == list(range(1000))
    assert shortcuts(subject(by_age), DECISION, limit=20).images == 20


def test_without_a_threshold_nothing_becomes_suspicious() -> None:
    ruler = row(shortcuts(subject(by_middle), DecisionSpec(temperature=1.0), limit=10), "ruler")
    assert ruler.false_alarms is None
    assert ruler.flips is None
    assert ruler.reads.endswith("on average.")


def test_metadata_of_others_are_of_other_lesions() -> None:
    given = subject(by_age)
    number = np.arange(COUNT, dtype=np.float32)
    lesions = [each.lesion_id for each in given.records]
    numbered = Subject(by_age, given.images, np.repeat(number[:, None], SPEC.width, 1), given.records, SPEC, ISIC2019)
    other = next(each for each in changes(numbered, seed=0) if each.name == "metadata of others").metadata()
    lent = [lesions[int(place)] for place in other[:, 0]]
    assert all(one != own for one, own in zip(lent, lesions, strict=True))
    assert len({(own, one) for own, one in zip(lesions, lent, strict=True)}) == len(set(lesions))


def test_paint_depends_on_the_image_and_the_seed_alone() -> None:
    given = subject(by_age)
    names = [each.image_id for each in given.records]
    for paint in (painting.hair, painting.ruler, painting.ink, painting.dark_corners):
        whole = painting.painted(given.images, names, paint, seed=5)
        assert (painting.painted(given.images[7:9], names[7:9], paint, seed=5) == whole[7:9]).all()
        assert (whole != given.images).any(axis=(1, 2, 3)).all(), "every image is painted"
        assert (painting.painted(given.images[:1], names[:1], paint, seed=6) != whole[:1]).any()


def test_ink_lies_around_the_lesion_and_is_violet() -> None:
    skin = np.full((1, 128, 128, 3), (222, 178, 158), np.uint8)
    inked = painting.painted(skin, ["a"], painting.ink, seed=0)[0]
    marks = (inked != skin[0]).any(axis=2)
    assert not marks[44:84, 44:84].any()
    red, green, blue = inked[marks].mean(axis=0)
    assert blue > green
    assert red < 222


def test_covers_hide_what_they_should() -> None:
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 256, (2, 80, 80, 3), dtype=np.uint8)
    color = alterations.mean_color(noise)
    assert color == pytest.approx(noise.mean(axis=(0, 1, 2)))
    frame = alterations.border_only(noise, color)
    assert (frame[:, 8:-8, 8:-8] == np.rint(color)).all()
    assert (frame[:, 0, 0] == noise[:, 0, 0]).all()
    corners = alterations.corners_only(noise, color)
    assert (corners[:, 20:60, 20:60] == np.rint(color)).all()
    assert (corners[:, 0, 0] == noise[:, 0, 0]).all()
    mask = np.zeros((2, 80, 80), bool)
    mask[:, 10:20, 10:20] = True
    alone = alterations.lesion_only(noise, mask, color)
    assert (alone[:, 13:17, 13:17] == noise[:, 13:17, 13:17]).all()
    assert (alone[:, 50:, 50:] == np.rint(color)).all()
    gone = alterations.without_lesion(noise, mask)
    assert np.ptp(gone[0, 10:20, 10:20].reshape(-1, 3), axis=0).tolist() == [0, 0, 0]
    assert (gone[:, 70:, 70:] == noise[:, 70:, 70:]).all()
    assert (alterations.plain(noise, color) == np.rint(color)).all()


def test_a_model_that_always_answers_alike_has_no_interval() -> None:
    """Every draw of lesions gives chance exactly: that bounds nothing."""

    def always(images: Images, metadata: Metadata) -> Logits:
        return told(np.ones(len(images)))

    for each in shortcuts(subject(always), DECISION).rows:
        assert each.balanced_accuracy.value == 0.5
        assert each.balanced_accuracy.interval is None


def test_what_every_draw_tells_is_above_chance_though_it_has_no_interval(marked: Shortcuts) -> None:
    """A model that knows all from the border was said to show no sign of a shortcut."""
    border, alone = row(marked, "border only"), row(marked, "metadata only")
    assert border.malignancy_auc.interval is None
    assert "above chance, so the surroundings tell something, or a lesion reaches that far." in border.reads
    assert "not above chance" not in border.reads
    assert alone.balanced_accuracy_change.interval is None
    assert "0.500 less balanced accuracy than with both" in alone.reads
