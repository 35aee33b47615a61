"""The same ONNX files with a decision fitted to other labeled pictures, or a reason why not."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from export.__main__ import main
from export.derive import derive
from lesion.diagnosis import CODES
from lesion.manifest import Manifest, digest
from service.__main__ import main as service
from tests.service.bundles import seal, write_bundle
from training.calibrate import calibrate
from training.predictions import Predictions

LESIONS = 400


def said(part: str, *, lesions: int = LESIONS, sharpness: float = 2.0) -> Predictions:
    """Two images a lesion, the logit of the true category `sharpness` above the others on average."""
    rng = np.random.default_rng(sum(part.encode()))
    label = rng.integers(0, len(CODES), lesions).repeat(2).astype(np.int32)
    logits = rng.normal(size=(len(label), len(CODES))) + sharpness * np.eye(len(CODES))[label]
    images = [f"{part}-{place}" for place in range(len(label))]
    own = [f"{part}-lesion-{place // 2}" for place in range(len(label))]
    return Predictions(np.array(images), np.array(own), label, logits.astype(np.float32))


def given(folder: Path, precision: str = "", **parts: Predictions) -> list[str]:
    """Write predictions; the options that name them."""
    options = []
    for part in ("validation", "calibration"):
        path = folder / f"{part}{precision}.npz"
        parts.get(part, said(part)).write(path)
        options += [f"--{part}", f"{precision}={path}" if precision else str(path)]
    return options


def two_precisions(models: Path) -> Path:
    """A bundle with a second variant."""

    def doubled(manifest: Manifest, directory: Path) -> Manifest:
        first = manifest.variants[0]
        shutil.copyfile(directory / first.file, directory / "model.float16.onnx")
        with np.load(directory / "golden.npz") as golden:
            arrays = {**golden, "logits_float16": golden["logits"]}
        np.savez(directory / "golden.npz", **arrays)
        second = first.model_copy(update={"file": "model.float16.onnx", "precision": "float16"})
        return manifest.model_copy(update={"variants": (first, second)})

    return derive(write_bundle(models), None, doubled)


def recalibrate(bundle: Path, *options: str) -> int:
    return main(["recalibrate", str(bundle), *options])


def test_only_decision_and_card_are_new(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = write_bundle(tmp_path)
    assert recalibrate(bundle, *given(tmp_path), "--statement", "Of a clinic.") == 0
    made = bundle.parent / "2"
    before, after = Manifest.read(bundle), Manifest.read(made)
    assert {name for name in after.files if before.files[name] != after.files[name]} == {"card.md"}
    assert after.variants[0].decision == calibrate(said("validation"), said("calibration"))
    assert after.derived_from == digest(bundle)
    assert after.metrics == before.metrics
    assert (bundle.parent / "current").read_text() == "1\n"
    told = capsys.readouterr().out
    assert "temperature 1.5 before" in told
    assert digest(made) in told


def test_it_proves_itself_to_the_service(tmp_path: Path) -> None:
    bundle = two_precisions(tmp_path)
    assert recalibrate(bundle, *given(tmp_path)) == 0
    assert service(["check", str(bundle.parent / "3")]) == 0


def test_the_card_says_what_it_was_set_on(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path)
    (bundle / "card.md").write_text("---\nlicense: x\n---\n\n# trial\n\n## Intended use\n\nTests.\n")
    seal(bundle)
    assert recalibrate(bundle, *given(tmp_path), "--statement", "Of a clinic.") == 0
    card = (bundle.parent / "2" / "card.md").read_text()
    assert card.startswith("---\nlicense: x\n---\n\n# trial\n\n## Recalibrated\n\nMade of version 1 (`sha256:")
    assert card.endswith("\n\n## Intended use\n\nTests.\n")
    assert "The pictures: Of a clinic." in card
    counts = np.bincount(said("validation").label).tolist()
    assert f"| validation | 800 | 400 | {' | '.join(str(count) for count in counts)} |" in card


def test_a_variant_without_predictions_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = two_precisions(tmp_path)
    assert recalibrate(bundle, *given(tmp_path)) == 0
    made = bundle.parent / "3"
    assert [variant.precision for variant in Manifest.read(made).variants] == ["float32"]
    assert not (made / "model.float16.onnx").exists()
    with np.load(made / "golden.npz") as golden:
        assert sorted(golden.files) == ["image", "logits", "metadata"]
    assert "float16: left out" in capsys.readouterr().out


def test_each_variant_has_a_decision_of_its_own(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = two_precisions(tmp_path)
    halved = {
        part: replace(said(part), logits=said(part).logits * np.float32(0.5)) for part in ("validation", "calibration")
    }
    assert recalibrate(bundle, *given(tmp_path), *given(tmp_path, "float16", **halved)) == 0
    assert "float16 beside float32, 800 images of calibration: same first answer 100.00%" in capsys.readouterr().out
    made = Manifest.read(bundle.parent / "3")
    one, other = (made.variant(precision).decision for precision in ("float32", "float16"))
    assert other.temperature == pytest.approx(one.temperature / 2, rel=0.01)
    assert made.files["golden.npz"] == Manifest.read(bundle).files["golden.npz"]


def test_the_class_frequencies_that_the_logits_suppose_are_used(tmp_path: Path) -> None:
    bundle = write_bundle(tmp_path)
    manifest, shares = Manifest.read(bundle), np.array([9, *[1] * 7]) / 16
    training = manifest.training.model_copy(update={"supposed": tuple(shares.tolist())})
    manifest.model_copy(update={"training": training}).write(bundle)
    assert recalibrate(bundle, *given(tmp_path)) == 0
    expected = calibrate(said("validation"), said("calibration"), supposed=shares)
    assert (
        Manifest.read(bundle.parent / "2").variants[0].decision
        == expected
        != calibrate(said("validation"), said("calibration"))
    )


def test_too_few_malignant_lesions_promise_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = write_bundle(tmp_path)
    assert recalibrate(bundle, *given(tmp_path, calibration=said("calibration", lesions=20))) == 0
    assert Manifest.read(bundle.parent / "2").variants[0].decision.sensitivities == ()
    assert "it takes 59 malignant lesions of calibration" in capsys.readouterr().out


def reordered(whole: Predictions) -> Predictions:
    return replace(whole, categories=whole.categories[::-1])


def single(whole: Predictions) -> Predictions:
    return replace(whole, logits=whole.logits[:, :1])


def without_images(whole: Predictions) -> Predictions:
    return whole.take(np.arange(0))


def not_finite(whole: Predictions) -> Predictions:
    logits = whole.logits.copy()
    logits[3, 2] = np.nan
    return replace(whole, logits=logits)


def twice(whole: Predictions) -> Predictions:
    return whole.take(np.array([0, 1, 1]))


def guessed(whole: Predictions) -> Predictions:
    return replace(whole, logits=np.random.default_rng(3).normal(size=whole.logits.shape).astype(np.float32))


def shared_lesion(whole: Predictions) -> Predictions:
    lesions = whole.lesion_id.copy()
    lesions[:2] = said("calibration").lesion_id[:2]
    return replace(whole, lesion_id=lesions)


def shared_image(whole: Predictions) -> Predictions:
    images = whole.image_id.copy()
    images[0] = said("calibration").image_id[0]
    return replace(whole, image_id=images)


@pytest.mark.parametrize(
    ("spoil", "told"),
    [
        (reordered, "of other categories"),
        (single, "Expected (N, 8), N from 1. Received (800, 1)"),
        (without_images, "Expected (N, 8), N from 1. Received (0, 8)"),
        (not_finite, "not finite"),
        (twice, "more than once"),
        (guessed, "tell nothing of the labels"),
        (shared_lesion, "1 of 400 lesions of calibration are also in validation"),
        (shared_image, "1 of 800 images of calibration are also in validation"),
    ],
)
def test_predictions_that_cannot_be_used_are_refused(
    tmp_path: Path, spoil: Callable[[Predictions], Predictions], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = write_bundle(tmp_path)
    assert recalibrate(bundle, *given(tmp_path, validation=spoil(said("validation")))) == 1
    assert told in capsys.readouterr().err
    assert sorted(path.name for path in bundle.parent.iterdir()) == ["1", "current"]


def test_other_pictures_for_another_variant_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = two_precisions(tmp_path)
    fewer = said("calibration").take(np.arange(700))
    assert recalibrate(bundle, *given(tmp_path), *given(tmp_path, "float16", calibration=fewer)) == 1
    assert "The float16 predictions of calibration are of others" in capsys.readouterr().err


def test_the_first_variant_cannot_be_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recalibrate(two_precisions(tmp_path), *given(tmp_path, "float16")) == 1
    assert "Expected predictions of ['float32', 'float16']. Received those of ['float16']" in capsys.readouterr().err


def test_a_precision_that_the_bundle_lacks_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert recalibrate(write_bundle(tmp_path), *given(tmp_path), *given(tmp_path, "int8")) == 1
    assert "Received those of ['float32', 'int8']" in capsys.readouterr().err


def test_a_file_of_something_else_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = write_bundle(tmp_path)
    golden = str(bundle / "golden.npz")
    assert recalibrate(bundle, "--validation", golden, "--calibration", golden) == 1
    assert "does not hold predictions" in capsys.readouterr().err


def test_options_that_do_not_fit_together_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle, options = write_bundle(tmp_path), given(tmp_path)
    assert recalibrate(bundle, *options[:2]) == 1
    assert "one file of validation and one of calibration" in capsys.readouterr().err
    assert recalibrate(bundle, *options, *options[2:]) == 1
    assert "one file of validation and one of calibration" in capsys.readouterr().err
    for either in ([], [*options, "--catalog", str(tmp_path)]):
        assert recalibrate(bundle, *either) == 1
        assert "Expected either --catalog" in capsys.readouterr().err


@pytest.mark.tensorflow
def test_a_catalog_is_asked_and_the_run_s_own_decision_comes_back(smoke_run: Path, drawn: Path, tmp_path: Path) -> None:
    models = tmp_path / "models"
    assert main(["convert", str(smoke_run), "--models", str(models), "--name", "trial"]) == 0
    bundle = models / "trial" / "1"
    assert recalibrate(bundle, "--catalog", str(drawn / "drawn"), "--cache", str(tmp_path / "cache")) == 0
    own = [
        option
        for part in ("validation", "calibration")
        for option in (f"--{part}", str(smoke_run / "predictions" / f"{part}.npz"))
    ]
    assert recalibrate(bundle, *own) == 0
    original, asked, read = (Manifest.read(models / "trial" / version) for version in ("1", "2", "3"))
    assert len(original.training.supposed) == len(CODES)
    assert read.variants[0].decision == original.variants[0].decision
    assert asked.variants[0].decision.temperature == pytest.approx(original.variants[0].decision.temperature, rel=1e-3)
    assert asked.variants[0].decision.log_prior == pytest.approx(original.variants[0].decision.log_prior, abs=1e-3)
    assert original.files["model.onnx"] == asked.files["model.onnx"] == read.files["model.onnx"]
    assert service(["check", str(models / "trial" / "2")]) == 0


def test_a_bundle_that_answers_otherwise_here_asks_nobody(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bundle = write_bundle(tmp_path)
    with np.load(bundle / "golden.npz") as golden:
        arrays = {**golden, "logits": golden["logits"] + np.float32(0.1)}
    np.savez(bundle / "golden.npz", **arrays)
    seal(bundle)
    assert recalibrate(bundle, "--catalog", str(drawn / "drawn"), "--cache", str(tmp_path / "cache")) == 1
    assert "does not answer on this machine as it did where it was made" in capsys.readouterr().err
    assert not (tmp_path / "cache").exists()


def test_a_split_without_a_part_to_fit_is_refused(
    drawn: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    catalog = tmp_path / "clinic"
    shutil.copytree(drawn / "drawn", catalog)
    split = (catalog / "splits.csv").read_text()
    (catalog / "splits.csv").write_text(split.replace(",validation", ",train"))
    bundle = write_bundle(tmp_path)
    assert recalibrate(bundle, "--catalog", str(catalog), "--cache", str(tmp_path / "cache")) == 1
    assert "leaves no image" in capsys.readouterr().err
