from collections.abc import Sequence

import numpy as np
import pytest

from training.catalog import Record
from training.evaluation.neighbors import CHUNK, Learned, nearest
from training.splits import Leak

PIXELS = np.arange(10 * 2 * 2 * 3, dtype=np.uint8).reshape(10, 2, 2, 3)


def records(names: Sequence[str], lesions: Sequence[str] = ()) -> list[Record]:
    return [
        Record(image_id=name, label="NV", lesion_id=lesion, sha256="", file="")
        for name, lesion in zip(names, lesions or [""] * len(names), strict=True)
    ]


def learned(features: np.ndarray, lesions: Sequence[str] = ()) -> Learned:
    rows = np.arange(len(features)) % len(PIXELS)
    return Learned(
        features.astype("f"), PIXELS, rows, records([f"t{place}" for place in range(len(features))], lesions)
    )


def test_the_nearest_are_those_of_the_smallest_angle() -> None:
    bank = learned(np.array([[1, 0], [10, 10], [0, 3], [-1, 0]]))
    found = nearest(np.array([[5, 1]], "f"), records(["q"]), bank, 2)
    first, second = found.of(0)
    assert (first.image_id, second.image_id) == ("t0", "t1")
    assert first.similarity == pytest.approx(5 / 26**0.5)
    assert (first.picture, first.label) == ("t0.jpg", "NV")


def test_a_lesion_is_a_neighbor_once_by_its_most_alike_picture() -> None:
    bank = learned(np.array([[1, 0.2], [1, 0.1], [0, 1], [1, 1]]), ["a", "a", "b", "c"])
    found = nearest(np.array([[1, 0]], "f"), records(["q"]), bank, 9)
    assert found.places.tolist() == [[1, 3, 2]]


def test_chunks_answer_as_the_whole() -> None:
    rng, alone = np.random.default_rng(0), [f"lesion {place}" for place in range(40)]
    queries, bank = rng.normal(size=(CHUNK + 3, 5)).astype("f"), rng.normal(size=(40, 5)).astype("f")
    found = nearest(queries, records([f"q{place}" for place in range(len(queries))]), learned(bank, alone), 4)
    cosine = (queries @ bank.T) / np.linalg.norm(queries, axis=1)[:, None] / np.linalg.norm(bank, axis=1)
    np.testing.assert_array_equal(found.places, np.argsort(-cosine, axis=1)[:, :4])
    np.testing.assert_allclose(found.similarity, -np.sort(-cosine, axis=1)[:, :4], atol=1e-6)


def test_features_of_nothing_are_like_nothing() -> None:
    found = nearest(np.zeros((1, 2), "f"), records(["q"]), learned(np.eye(2)), 2)
    assert found.similarity.tolist() == [[0, 0]]


def test_there_are_no_more_neighbors_than_training_images() -> None:
    assert len(nearest(np.ones((1, 2), "f"), records(["q"]), learned(np.eye(2)), 9).of(0)) == 2


def test_a_lesion_among_the_training_images_is_refused() -> None:
    bank = learned(np.eye(2), ["a", "b"])
    with pytest.raises(Leak, match=r"1 images show a lesion.*'q2'"):
        nearest(np.eye(2, dtype="f"), records(["q1", "q2"], ["c", "b"]), bank)


def test_an_image_without_lesion_is_its_own() -> None:
    with pytest.raises(Leak, match="t1"):
        nearest(np.ones((1, 2), "f"), records(["t1"]), learned(np.eye(2)))


def test_the_picture_is_the_one_at_its_row() -> None:
    bank = Learned(np.eye(2, dtype="f"), PIXELS, np.array([7, 3]), records(["a", "b"]))
    np.testing.assert_array_equal(bank.image(1), PIXELS[3])


def test_arrays_of_other_images_are_refused() -> None:
    with pytest.raises(ValueError, match=r"\(2, 3, 2\)"):
        Learned(np.eye(2, dtype="f"), PIXELS, np.arange(3), records(["a", "b"]))
