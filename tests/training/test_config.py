import pytest

from training.config import RECIPES, Config, InvalidConfig, recipe
from training.overrides import override


@pytest.mark.parametrize("name", RECIPES)
def test_every_recipe_is_named_as_its_module_and_survives_its_json(name: str) -> None:
    config = recipe(name)
    assert config.name == name
    assert Config.model_validate_json(config.model_dump_json()) == config


def test_fields_are_overridden_by_their_path() -> None:
    config = override(
        recipe("smoke"),
        [
            "--fit.weight_decay",
            "1e-3",
            "--image.size",
            "96",
            "--pipeline.augmentation",
            "null",
            "--model.weights",
            "imagenet",
            "--model.weights_note",
            "Keras",
        ],
    )
    assert (config.fit.weight_decay, config.image.size, config.pipeline.augmentation) == (1e-3, 96, None)
    assert config.model.weights == "imagenet"


def test_fields_in_lists_are_overridden_by_their_place() -> None:
    config = override(recipe("starter"), ["--fit.phases.1.learning_rate", "1e-4", "--fit.phases.0.epochs", "2"])
    head, rest = config.fit.phases
    assert (head.epochs, rest.learning_rate) == (2, 1e-4)
    assert (head.learning_rate, rest.epochs) == (2e-3, 11)


def test_a_smaller_vocabulary_gets_its_own_columns() -> None:
    assert override(recipe("smoke"), ["--metadata.sites", '["head/neck"]']).metadata.width == 7


@pytest.mark.parametrize(
    "arguments",
    [
        ["--fit.wait", "3"],
        ["fit.patience", "3"],
        ["--fit.patience.x", "3"],
        ["--seed"],
        ["--dataset", "msk"],
        ["--fit.phases.2.epochs", "3"],
        ["--fit.phases.-1.epochs", "3"],
    ],
)
def test_what_is_no_field_is_refused(arguments: list[str]) -> None:
    with pytest.raises(InvalidConfig, match=r"No field|come in pairs|needs --"):
        override(recipe("smoke"), arguments)


def test_what_was_meant_is_named() -> None:
    with pytest.raises(InvalidConfig, match=r"No field '--fit.weight_deacy'. Did you mean --fit.weight_decay\?"):
        override(recipe("smoke"), ["--fit.weight_deacy", "1"])


def test_other_data_needs_its_terms_beside_it() -> None:
    other = ["--dataset", "msk", "--data_statement", "MSK"]
    with pytest.raises(InvalidConfig, match="--dataset needs --data_license"):
        override(recipe("smoke"), other)
    assert override(recipe("smoke"), [*other, "--data_license", "CC0-1.0"]).data_license == "CC0-1.0"


def test_a_phase_that_cannot_be_is_told_in_a_line() -> None:
    with pytest.raises(InvalidConfig) as failure:
        override(recipe("smoke"), ["--fit.phases", '[{"epochs": 1, "learning_rate": 1, "train": 2.0}]'])
    assert "above 0 and at most 1. Received 2.0" in str(failure.value)
    assert "at least 1 item" not in str(failure.value)
    assert "https" not in str(failure.value)


def test_a_value_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="patience"):
        override(recipe("smoke"), ["--fit.patience", "0"])
