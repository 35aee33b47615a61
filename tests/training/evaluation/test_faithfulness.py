from dataclasses import replace

import numpy as np
import pytest

from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from lesion.patient import MetadataSpec
from tests.training.evaluation.trials import answers, draw
from training.catalog import Record
from training.evaluation.answers import Answers
from training.evaluation.faithfulness import chosen, faithfulness
from training.evaluation.subject import Images, Logits, Metadata, Subject
from training.target import ISIC2019

SPEC = MetadataSpec()
COUNT, SIDE, STEPS = 12, 40, 10


def lights() -> tuple[Images, np.ndarray]:
    """Dark pictures with a white square in one of 16 cells, and which, bool (n, 4, 4)."""
    rng = np.random.default_rng(0)
    cells = (np.arange(16) == rng.integers(0, 16, COUNT)[:, None]).reshape(COUNT, 4, 4)
    images = np.repeat(np.repeat(cells, 10, axis=1), 10, axis=2)[..., None] * np.full(3, 255, np.uint8)
    return images.astype(np.uint8), cells


def by_light(images: Images, metadata: Metadata) -> Logits:
    """MEL by how many pixels are white."""
    logits = np.zeros((len(images), len(CODES)), np.float32)
    logits[:, 0] = 0.08 * (images[..., 0] > 200).sum(axis=(1, 2)) - 2
    return logits


def subject() -> tuple[Subject, Answers, np.ndarray]:
    images, cells = lights()
    metadata = np.zeros((COUNT, SPEC.width), np.float32)
    records = [Record(image_id=f"{place}", label="MEL", sha256="", file="") for place in range(COUNT)]
    given = answers([0] * COUNT, by_light(images, metadata), spec=DecisionSpec(temperature=1))
    return Subject(by_light, images, metadata, records, SPEC, ISIC2019), given, cells


def test_a_map_of_what_the_answer_rests_on_beats_the_maps_that_know_nothing() -> None:
    asked, given, cells = subject()
    true = cells.astype("f")
    found = faithfulness(asked, given, {"true": true, "opposite": -true}, steps=STEPS)
    areas = {curve.map: (curve.deletion_area, curve.insertion_area) for curve in found.curves}
    assert list(areas) == ["true", "opposite", "random", "center"]
    for name in ("opposite", "random", "center"):
        assert areas["true"][0] < areas[name][0] - 0.1
        assert areas["true"][1] > areas[name][1] + 0.1
    against = {difference.other: difference for difference in found.differences}
    assert all(difference.map == "true" for difference in found.differences)
    assert max(against["opposite"].deletion_p, against["opposite"].insertion_p) < 0.01
    assert against["opposite"].deletion_interval[1] < 0 < against["opposite"].insertion_interval[0]


def test_curves_run_from_the_image_to_its_blur_and_back() -> None:
    asked, given, cells = subject()
    found = faithfulness(asked, given, {"true": cells.astype("f")}, steps=STEPS)
    whole = float(given.decision.probabilities[:, 0].mean())
    assert found.shares[0] == 0
    assert found.shares[-1] == 1
    for curve in found.curves:
        assert len(curve.deletion) == len(curve.insertion) == STEPS + 1
        assert curve.deletion[0] == curve.insertion[-1] == pytest.approx(whole)
        assert curve.deletion[-1] == curve.insertion[0] == pytest.approx(found.blurred)
        assert curve.deletion_interval[0] <= curve.deletion_area <= curve.deletion_interval[1]
    assert found.blur_sigma_pixels == 4


def test_a_map_is_no_better_than_itself() -> None:
    asked, given, cells = subject()
    found = faithfulness(asked, given, {"one": cells.astype("f"), "same": cells.astype("f")}, steps=STEPS)
    same = found.differences[0]
    assert (same.deletion, same.deletion_interval, same.deletion_p, same.insertion_p) == (0, (0, 0), 1, 1)


def test_the_same_seed_draws_the_same() -> None:
    asked, given, cells = subject()
    once, again, other = (
        faithfulness(asked, given, {"true": cells.astype("f")}, steps=STEPS, seed=seed) for seed in (1, 1, 2)
    )
    assert once == again
    assert once.curves[1] != other.curves[1]
    assert once.curves[0].deletion == pytest.approx(other.curves[0].deletion, abs=0.1)


def test_only_as_many_images_are_asked_as_promised() -> None:
    asked, given, cells = subject()
    seen: list[int] = []

    def counting(images: Images, metadata: Metadata) -> Logits:
        seen.append(len(images))
        assert len(metadata) == len(images)
        return by_light(images, metadata)

    faithfulness(replace(asked, ask=counting), given, {"true": cells.astype("f")}, steps=STEPS)
    assert sum(seen) == (2 * 3 * (STEPS - 1) + 2) * COUNT


def test_one_stage_is_asked_about_at_a_time() -> None:
    """All stages at once would be gigabytes of pictures."""
    given, told, cells = subject()
    most: list[int] = []

    def counting(images: Images, metadata: Metadata) -> Logits:
        most.append(len(images))
        return by_light(images, metadata)

    faithfulness(replace(given, ask=counting), told, {"true": cells.astype("f")}, steps=STEPS)
    assert set(most) == {COUNT}


def test_the_sample_is_even_over_labels_and_one_a_lesion() -> None:
    given = draw(600, seed=5)
    places = chosen(given, 64)
    assert len(places) == 64
    assert (np.diff(places) > 0).all()
    assert len(np.unique(given.predictions.lesion_id[places])) == 64
    counts = np.bincount(given.label[places], minlength=8)
    assert counts.max() - counts.min() <= 1
    assert chosen(given, 64).tolist() == places.tolist() != chosen(given, 64, seed=1).tolist()


def test_of_few_images_all_are_chosen() -> None:
    given = draw(20, seed=6)
    assert len(chosen(given, 64)) == len(np.unique(given.predictions.lesion_id))
