"""Metrics against scikit-learn and against numbers worked out by hand."""

import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score, roc_auc_score

from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from training.evaluate import EIGHT, HAM10000, evaluate, table
from training.predictions import Predictions

ONE = DecisionSpec(temperature=1.0)


def predictions(label: list[int], logits: np.ndarray, lesion: list[str] | None = None) -> Predictions:
    names = np.array([f"ISIC_{row:07d}" for row in range(len(label))])
    return Predictions(names, names if lesion is None else np.array(lesion), np.array(label, np.int32), logits)


def random_predictions(rows: int = 400) -> Predictions:
    rng = np.random.default_rng(0)
    label = rng.integers(0, 8, rows)
    logits = rng.normal(size=(rows, 8)) + 1.5 * np.eye(8)[label]
    return predictions(label.tolist(), logits.astype(np.float32))


def test_it_agrees_with_scikit_learn() -> None:
    given = random_predictions()
    report = evaluate(given, ONE, EIGHT)
    guess = given.logits.argmax(axis=1)
    assert report.balanced_accuracy == pytest.approx(balanced_accuracy_score(given.label, guess), abs=1e-12)
    chances = np.exp(given.logits.astype(np.float64))
    chances /= chances.sum(axis=1, keepdims=True)
    expected = roc_auc_score(given.label, chances, multi_class="ovr", average="macro")
    assert report.macro_auc == pytest.approx(expected, abs=1e-9)
    low, high = report.balanced_accuracy_interval
    assert low < report.balanced_accuracy < high
    assert np.array(report.confusion).sum() == 400


def test_probabilities_of_a_group_are_summed_before_the_argmax() -> None:
    """AK 0.3 and SCC 0.3 lose to NV 0.4 each, and win together."""
    logits = np.full((1, 8), -20.0, np.float32)
    for code, chance in (("AK", 0.3), ("SCC", 0.3), ("NV", 0.4)):
        logits[0, CODES.index(code)] = np.log(chance)
    given = predictions([CODES.index("SCC")], logits)
    assert evaluate(given, ONE, EIGHT).accuracy == 0
    assert evaluate(given, ONE, HAM10000).accuracy == 1


def test_absent_categories_count_in_no_mean() -> None:
    logits = 10 * np.eye(8, dtype=np.float32)[[0, 1, 1, 1]]
    report = evaluate(predictions([0, 1, 1, 0], logits), ONE, EIGHT)
    assert report.recall == {"MEL": 0.5, "NV": 1.0}
    assert report.balanced_accuracy == 0.75
    assert report.support["VASC"] == 0


def test_the_interval_draws_lesions_not_images() -> None:
    """Fifty pictures of one lesion are one observation: the interval must be as wide as two lesions allow."""
    label = [0] * 50 + [1] * 50
    logits = 10 * np.eye(8, dtype=np.float32)[[0] * 50 + [2] * 50]
    wide = evaluate(predictions(label, logits, ["A"] * 50 + ["B"] * 50), ONE, EIGHT).balanced_accuracy_interval
    narrow = evaluate(predictions(label, logits), ONE, EIGHT).balanced_accuracy_interval
    assert wide == (0.0, 1.0)
    assert narrow == (0.5, 0.5)


def test_arrays_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="Arrays do not fit"):
        predictions([0, 1], np.zeros((3, 8), np.float32))


def test_the_table_has_a_row_a_report() -> None:
    report = evaluate(random_predictions(), ONE, EIGHT)
    assert table([("first", report), ("second", report)]).count("\n") == 3
