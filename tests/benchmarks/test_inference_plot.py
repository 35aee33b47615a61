"""Accuracy against milliseconds: what is one point, what is on the front, and what is refused."""

from pathlib import Path

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.transforms import Bbox

from benchmarks.inference import labels
from benchmarks.inference.measured import Machine, Measured, Spread, Timed
from benchmarks.inference.plot import main
from benchmarks.inference.points import Point, front, points
from benchmarks.inference.way import ONE, Way
from lesion.decision import DecisionSpec
from lesion.diagnosis import CODES
from lesion.variant import Proof, Variant
from tests import manifests
from training.checkpoints import BEST_FILE
from training.errors import InvalidData
from training.evaluate import EIGHT, evaluate
from training.finished import CONFIG_FILE, DECISION_FILE
from training.predictions import FOLDER, Predictions
from training.recipes.smoke import CONFIG
from training.splits import Part

pytestmark = pytest.mark.tensorflow

PARTS: tuple[Part, ...] = ("validation", "calibration")
REFERENCE = Way(model="reference", pixels=224, precision="float32", engine="onnxruntime", origin="reference")


def predictions(right: float, part: str, images: int = 80) -> Predictions:
    """A share of right answers, about the same images whoever gives them."""
    label = np.arange(images) % len(CODES)
    hit = np.random.default_rng(int(100 * right)).random(images) < right
    logits = np.eye(len(CODES))[np.where(hit, label, (label + 1) % len(CODES))]
    names = np.array([f"{part}_{number}" for number in range(images)])
    return Predictions(names, np.char.add("lesion_", names), label.astype(np.int32), logits.astype(np.float32))


def write_run(run: Path, right: float, *, temperature: float = 1.0, images: int = 80, size: int = 48) -> Path:
    run.mkdir(parents=True)
    config = CONFIG.model_copy(update={"image": CONFIG.image.model_copy(update={"size": size})})
    (run / CONFIG_FILE).write_text(config.model_dump_json(), encoding="utf-8")
    (run / DECISION_FILE).write_text(DecisionSpec(temperature=temperature).model_dump_json(), encoding="utf-8")
    (run / BEST_FILE).touch()  # its answers are all that is asked for
    for part in PARTS:
        predictions(right, part, images).write(run / FOLDER / f"{part}.npz")
    return run


def write_bundle(directory: Path, temperature: float, proof: Proof | None) -> Path:
    directory.mkdir(parents=True)
    decision = DecisionSpec(temperature=temperature)
    for name in ("model.onnx", "model.int8.onnx", "golden.npz", "card.md"):
        (directory / name).touch()
    eight = Variant(
        file="model.int8.onnx",
        precision="int8",
        opset=18,
        outputs=("logits",),
        parity=0.1,
        tolerance=0.1,
        decision=decision,
        proofs=(proof,) if proof else (),
    )
    manifests.seal(directory, name="dermoscopy", version="3", size=48, decision=decision, variants=(eight,))
    return directory


def proof(run_accuracy: float, **changes: object) -> Proof:
    told = {"parts": PARTS, "images": 160, "lesions": 160, "balanced_accuracy": run_accuracy - 0.003}
    return manifests.PROOF.model_copy(update={**told, "difference": -0.003, "interval": (-0.004, 0.001)} | changes)


def measured(*ways: tuple[Way, float]) -> Measured:
    return Measured(
        machine=Machine.here(2),
        rounds=2,
        reference_gflops=0.77,
        timed=tuple(
            Timed(way=way, load=ONE, cpu_ms=(ms, ms), per_second=(1000 / ms, 1000 / ms))
            for way, ms in ((REFERENCE, 8.1), *ways)
        ),
        refused=(),
    )


def of_run(run: Path) -> Way:
    return REFERENCE.model_copy(update={"model": run.name, "pixels": 48, "origin": "run", "source": str(run)})


def of_bundle(bundle: Path, file: str, precision: str) -> Way:
    told = {"model": "dermoscopy 3", "pixels": 48, "origin": "bundle", "source": str(bundle), "file": file}
    return REFERENCE.model_copy(update={**told, "precision": precision})


def graded(right: float) -> float:
    both = [predictions(right, part) for part in PARTS]
    joined = Predictions(
        *(
            np.concatenate([getattr(each, name) for each in both])
            for name in ("image_id", "lesion_id", "label", "logits")
        )
    )
    return evaluate(joined, DecisionSpec(temperature=1.0), EIGHT).balanced_accuracy


def test_a_run_is_graded_by_its_predictions_and_a_variant_by_its_proof(tmp_path: Path) -> None:
    plain, other = write_run(tmp_path / "plain", 0.8, temperature=1.25), write_run(tmp_path / "other", 0.7)
    accuracy = graded(0.8)
    bundle = write_bundle(tmp_path / "dermoscopy" / "3", 1.25, proof(accuracy))
    told = measured(
        (of_bundle(bundle, "model.onnx", "float32"), 2.0),
        (of_bundle(bundle, "model.int8.onnx", "int8"), 1.0),
        (of_run(other), 3.0),
        (of_run(plain), 2.1),
    )
    found, report = points(told, [], PARTS)
    assert [(each.model, each.precision, each.cpu_ms.median) for each in found] == [
        ("plain", "float32", 2.0),
        ("plain", "int8", 1.0),
        ("other", "float32", 3.0),
    ]
    assert [each.accuracy for each in found] == pytest.approx([accuracy, accuracy - 0.003, graded(0.7)])
    assert found[1].interval == pytest.approx((accuracy - 0.004, accuracy + 0.001))
    assert [each.paired for each in found] == [False, True, False]
    assert report.images == 160


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        (None, r"is not proven on validation and calibration\. Received proofs of \[\]"),
        ({"parts": ("test",)}, r"Received proofs of \[\('test',\)\]"),
        ({"images": 159}, "is of other images than its run"),
        ({"lesions": 10}, "is of other images than its run"),
        ({"balanced_accuracy": 0.5}, "is of other images than its run"),
    ],
)
def test_a_variant_without_a_proof_on_these_images_is_refused(
    tmp_path: Path, given: dict[str, object] | None, reason: str
) -> None:
    run = write_run(tmp_path / "plain", 0.8)
    bundle = write_bundle(tmp_path / "dermoscopy" / "3", 1.0, None if given is None else proof(graded(0.8), **given))
    told = measured((of_bundle(bundle, "model.int8.onnx", "int8"), 1.0))
    with pytest.raises(InvalidData, match=reason):
        points(told, [run], PARTS)


def test_a_bundle_of_none_of_the_runs_is_refused(tmp_path: Path) -> None:
    run = write_run(tmp_path / "plain", 0.8, temperature=2.0)
    bundle = write_bundle(tmp_path / "dermoscopy" / "3", 1.0, proof(graded(0.8)))
    told = measured((of_bundle(bundle, "model.onnx", "float32"), 1.0))
    with pytest.raises(InvalidData, match=r"was exported from none of .*plain.*--run"):
        points(told, [run], PARTS)
    with pytest.raises(InvalidData, match="nothing to plot"):
        points(told, [], PARTS)


def test_other_images_and_parts_that_were_not_predicted_are_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole, fewer = write_run(tmp_path / "whole", 0.8), write_run(tmp_path / "fewer", 0.8, images=40)
    file = tmp_path / "inference.json"
    measured((of_run(whole), 1.0), (of_run(fewer), 2.0)).write(file)
    command = [str(file), "--out", str(tmp_path / "plot.svg"), "--part"]
    assert main([*command, "calibration"]) == 1
    assert f"others from {fewer} (40, 40 of them the same)" in capsys.readouterr().err
    assert main([*command, "test"]) == 1
    assert "has not predicted test" in capsys.readouterr().err
    assert not (tmp_path / "plot.svg").exists()


def test_the_front_holds_what_no_other_beats() -> None:
    def at(name: str, ms: float, accuracy: float) -> Point:
        return Point(name, 48, "float32", Spread.of((ms,)), accuracy, (accuracy - 0.1, accuracy + 0.1))

    found = [at("slow, worse", 4, 0.6), at("best", 3, 0.9), at("fast", 1, 0.5), at("as fast, worse", 1, 0.4)]
    found += [at("middle", 2, 0.7), at("slower, as good", 3.5, 0.9)]
    assert [each.model for each in front(found)] == ["fast", "middle", "best"]


def test_the_plot_is_the_same_file_for_the_same_figures(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    plain, other = write_run(tmp_path / "plain", 0.8), write_run(tmp_path / "other", 0.6, temperature=3)
    file = tmp_path / "inference.json"
    measured((of_run(plain), 2.0), (of_run(other), 4.0)).write(file)
    drawn = []
    for name in ("one.svg", "two.svg"):
        assert main([str(file), "--part", *PARTS, "--out", str(tmp_path / name)]) == 0
        drawn.append((tmp_path / name).read_bytes())
    assert drawn[0] == drawn[1]
    assert b"fill: #ffffff" in drawn[0]  # a page of its own color behind it, dark or light
    told = capsys.readouterr().out
    assert f"plain, 48 px, float32: 2.00 ms, {graded(0.8):.3f}" in told
    assert "(front)" in told.splitlines()[0]
    assert "(front)" not in told.splitlines()[1]


def test_names_cover_neither_points_nor_each_other() -> None:
    figure = Figure(figsize=(6, 4))
    axes = figure.subplots()
    axes.set_xlim(0, 10)
    axes.set_ylim(0, 10)
    names = [labels.Named(f"a model's name {number}", 5 + 0.05 * number, 5 + 0.02 * number) for number in range(5)]
    boxes = labels.write(figure, axes, names, [((5, 0), (5, 10))], "black")
    assert len(axes.texts) == 5
    for place, box in enumerate(boxes):
        assert all(Bbox.intersection(box, other) is None for other in boxes[place + 1 :])
        for named in names:
            assert not box.contains(*axes.transData.transform((named.x, named.y)))
