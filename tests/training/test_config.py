import pytest

from training.config import RECIPES, Config, InvalidConfig, override, recipe


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


def test_a_value_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InvalidConfig, match="patience"):
        override(recipe("smoke"), ["--fit.patience", "0"])
