from tests.training.test_evaluate import ONE, random_predictions
from training.bootstrap import BOOTSTRAPS
from training.card import card
from training.config import Config, ExtraCategory
from training.evaluate import EIGHT, evaluate
from training.options.fit import Loss
from training.origins import Origin
from training.recipes.smoke import CONFIG
from training.target import Target


def of(config: Config) -> str:
    return card("mine", config, "calibration", {"isic2019": evaluate(random_predictions(), ONE, EIGHT)}, 100)


def test_it_says_what_the_probabilities_take_for_granted() -> None:
    adjusted = of(CONFIG)
    assert "suppose the categories that were trained on equally frequent beforehand" in adjusted
    assert "tells 8 categories apart: MEL, NV" in adjusted
    assert "# mine: dermoscopic" in adjusted
    assert f"{BOOTSTRAPS} bootstrap draws" in adjusted
    plain = CONFIG.model_copy(update={"fit": CONFIG.fit.model_copy(update={"loss": Loss(kind="cross_entropy")})})
    assert "as frequent beforehand as in the training batches" in of(plain)


def test_it_says_what_is_asked_and_seen() -> None:
    model = CONFIG.model.model_copy(update={"fusion": "none"})
    other = CONFIG.model_copy(update={"target": "malignancy", "model": model})
    told = of(other)
    assert "malignant (MEL, BCC, SCC) or not" in told
    assert "the picture alone, metadata is ignored" in told
    assert "anatomic site" not in told
    assert Target.of(other).classes == ("benign", "malignant")


def test_malignant_is_what_the_run_counts_as_such() -> None:
    assert "Malignant are MEL, BCC, SCC;" in of(CONFIG)
    extra = (ExtraCategory(code="MERKEL", name="Merkel cell carcinoma", malignant=True),)
    assert "Malignant are MEL, BCC, SCC, MERKEL;" in of(CONFIG.model_copy(update={"extra_categories": extra}))


def test_a_license_comes_along_with_what_was_learned_from() -> None:
    reports = {"isic2019": evaluate(random_predictions(), ONE, EIGHT)}
    origin = Origin("parent", "HAM10000", "CC BY-NC 4.0")
    told = card("child", CONFIG, "test", reports, 100, [origin])
    assert CONFIG.data_license == "Apache-2.0"
    assert "license: cc-by-nc-4.0" in told
    assert "Learned from the run parent: HAM10000 (CC BY-NC 4.0)" in told
    assert "opened for these figures only" in told
