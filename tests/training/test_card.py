from tests.training.test_evaluate import ONE, random_predictions
from training.bootstrap import BOOTSTRAPS
from training.card import card
from training.config import Config
from training.evaluate import EIGHT, evaluate
from training.options.fit import Loss
from training.recipes.smoke import CONFIG
from training.target import Target


def of(config: Config) -> str:
    return card(config, "calibration", {"isic2019": evaluate(random_predictions(), ONE, EIGHT)}, 100)


def test_it_says_what_the_probabilities_take_for_granted() -> None:
    adjusted = of(CONFIG)
    assert "suppose the categories equally frequent beforehand" in adjusted
    assert "tells 8 categories apart: MEL, NV" in adjusted
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
