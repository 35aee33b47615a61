import numpy as np
import pytest

from training.distill import Softened
from training.hardware import Place
from training.losses import CrossEntropy, Focal, LogitAdjusted
from training.pipeline import Batch
from training.shards import Shard

pytestmark = pytest.mark.tensorflow


class Numbers:
    def batch(self, step: int) -> Batch:
        rows = np.arange(step * 10, step * 10 + 7)
        return {"image": rows.astype(np.uint8), "metadata": rows.astype(np.float32)}, rows.astype(np.float32)[:, None]


def test_processes_share_a_batch_and_what_fills_it_up_weighs_nothing() -> None:
    parts = [Shard(Numbers(), Place(process, 2, 4)).batch(3) for process in (0, 1)]
    assert [len(targets) for _, targets, _ in parts] == [4, 4]
    weights = np.concatenate([weights for *_, weights in parts])
    assert weights.tolist() == [1] * 7 + [0]
    targets = np.concatenate([targets for _, targets, _ in parts])[:, 0]
    assert targets[weights > 0].tolist() == list(range(30, 37))
    for inputs, targets, _ in parts:
        np.testing.assert_array_equal(inputs["metadata"], targets[:, 0])


def test_the_loss_of_a_batch_that_was_filled_up_is_that_of_the_batch() -> None:
    targets = np.eye(3, dtype=np.float32)[np.arange(7) % 3]
    logits = np.random.default_rng(0).normal(size=(7, 3)).astype(np.float32)
    rows = np.arange(8) % 7
    weights = (np.arange(8) < 7).astype(np.float32)
    for loss in (CrossEntropy([1.0, 2.0, 0.5]), LogitAdjusted([0.5, 0.3, 0.2]), Focal(2.0, 3), Softened(3.0)):
        whole = float(loss(targets, logits))
        assert float(loss(targets[rows], logits[rows], weights)) == pytest.approx(whole, rel=1e-5)


def test_an_even_batch_stays_as_it_is() -> None:
    inputs, targets, weights = Shard(Numbers(), Place(0, 1, 7)).batch(0)
    assert targets[:, 0].tolist() == list(range(7))
    assert weights.tolist() == [1] * 7
    assert inputs["image"].tolist() == list(range(7))
