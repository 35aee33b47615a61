import keras
import numpy as np
import pytest

from lesion.diagnosis import CODES
from lesion.patient import MetadataSpec
from training.catalog import Record
from training.pipeline import InOrder
from training.predict import predict

pytestmark = pytest.mark.tensorflow

SPEC = MetadataSpec()


def part(rows: list[int]) -> InOrder:
    """Each picture is as light as its row number says."""
    pixels = np.stack([np.full((8, 8, 3), row, np.uint8) for row in range(50)])
    records = [Record(image_id=f"{row}", label=CODES[row % 8], age=float(row), sha256="", file="") for row in rows]
    return InOrder(pixels, records, rows, SPEC, batch_size=4)


def model(answers: int) -> keras.Model:
    """Answers the row's number, `answers` times."""
    image = keras.Input((8, 8, 3), dtype="uint8", name="image")
    metadata = keras.Input((SPEC.width,), name="metadata")
    light = keras.ops.mean(keras.ops.cast(image, "float32"), axis=(1, 2, 3))[:, None]
    age = metadata[:, :1] * SPEC.age_scale_years
    return keras.Model([image, metadata], keras.ops.concatenate([light, age] * (answers // 2), axis=1))


def test_every_row_gets_its_own_answer() -> None:
    rows = [3, 1, 49, 7, 20, 21, 22, 0, 11, 2]
    predictions = predict(model(8), part(rows))
    assert predictions.image_id.tolist() == [str(row) for row in rows]
    assert predictions.label.tolist() == [row % 8 for row in rows]
    np.testing.assert_allclose(predictions.logits, np.array(rows)[:, None] * np.ones(8), atol=1e-4)


def test_a_model_that_answers_something_else_is_refused() -> None:
    with pytest.raises(ValueError, match=r"Expected \(4, 8\). Received \(4, 6\)"):
        predict(model(6), part([1, 2, 3, 4]))
