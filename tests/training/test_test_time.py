import json
import shutil
from pathlib import Path

import numpy as np
import pytest

from training.__main__ import main
from training.finished import Finished
from training.predict import predict
from training.predictions import Predictions
from training.run import reopen

pytestmark = pytest.mark.tensorflow


def test_views_are_graded_apart_and_what_is_served_stays(smoke_run: Path, drawn: Path, tmp_path: Path) -> None:
    run, cache = tmp_path / "smoke", smoke_run.parent / "cache"
    shutil.copytree(smoke_run, run)
    before = (run / "predictions" / "calibration.npz").read_bytes()
    told = ["evaluate", str(run), "--views", "8", "--part", "calibration", "--data", str(drawn), "--cache", str(cache)]
    assert main(told) == 0
    content = json.loads((run / "report" / "views-8.json").read_text())
    assert (content["part"], set(content["reports"])) == ("calibration", {"1 view", "8 views"})
    assert (run / "predictions" / "calibration.npz").read_bytes() == before

    answers = Predictions.read(run / "predictions" / "calibration.views-8.npz")
    opened = reopen(run, drawn, cache)
    inputs, _ = opened.in_order("calibration").batch(0)
    model = Finished.read(run).model()
    seen = [
        np.rot90(image, turn, (1, 2)) for turn in range(4) for image in (inputs["image"], inputs["image"][:, :, ::-1])
    ]
    each = [np.asarray(model({**inputs, "image": np.ascontiguousarray(view)})) for view in seen]
    np.testing.assert_allclose(answers.logits[: len(each[0])], np.mean(each, axis=0), atol=1e-3)


def test_a_square_has_eight_views(smoke_run: Path, drawn: Path) -> None:
    opened = reopen(smoke_run, drawn, smoke_run.parent / "cache")
    with pytest.raises(ValueError, match=r"A square has 8 views. Received 9"):
        predict(Finished.read(smoke_run).model(), opened.in_order("calibration"), 9)
