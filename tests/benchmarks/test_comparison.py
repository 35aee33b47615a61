"""The comparison's own rules: equal terms for every network, no run mistaken for another, the paper quoted right."""

import numpy as np
import pytest

from benchmarks.comparison import NETWORKS, SCALES, configured
from benchmarks.comparison_table import Row, markdown
from tests.training.test_comparison import PLAIN, answers
from training.comparison import grade
from training.target import Target

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize("size", SCALES)
def test_all_networks_learn_the_same_from_the_same_for_as_long(size: int) -> None:
    configs = [configured(name, size, 3, ["--fit.precision", "mixed_float16"]) for name in NETWORKS]
    same = {
        (
            c.target,
            c.image.size,
            c.seed,
            c.dataset,
            c.splits,
            c.pipeline,
            c.fit.precision,
            c.fit.patience,
            c.fit.average,
        )
        for c in configs
    }
    assert len(same) == 1
    assert {c.target for c in configs} == {"malignancy"}
    assert {sum(phase.epochs for phase in c.fit.phases) for c in configs} == {SCALES[size].epochs}
    assert len({c.model for c in configs}) == len(NETWORKS)


def test_the_table_tells_ours_and_the_papers_apart() -> None:
    graded = grade([(answers(["MEL", "NV", "NV", "BCC"], [1.0, -1.0, 1.0, 1.0]), PLAIN)], Target(kind="malignancy"))
    row = Row(
        "compact", metadata=True, graded=graded, parameters=700_000, flops=50_000_000, latency_ms=2.5, megabytes=2.9
    )
    text = markdown([row], "calibration", 64)
    assert "4 images of the calibration part, 2 malignant; percent" in text
    ours = next(line for line in text.splitlines() if line.startswith("| compact | picture, metadata |"))
    assert "75.0 (" in ours
    paper = next(line for line in text.splitlines() if line.startswith("| CancerNet-SCa A (paper"))
    assert "not lesion-disjoint" in paper
    assert "| 83.7 (" in paper
    assert "| 92.8 (88.6–95.5) | 74.7 (68.5–79.9) |" in paper
    assert "| compact | 0.70 M | 0.050 | 2.5 ms | 2.9 MB |" in text
    assert np.isfinite(graded.malignancy_auc)
