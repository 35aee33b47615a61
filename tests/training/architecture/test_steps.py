"""Layers as they are computed: names, edges, counts; models within models opened on request."""

import keras
import pytest

from training.architecture.steps import walk

pytestmark = pytest.mark.tensorflow


def nested() -> keras.Model:
    """image → (a: convolution, normalization → b: dense) twice joined with the image."""
    inside = keras.Sequential([keras.Input((4, 4, 3)), keras.layers.Conv2D(2, 3, name="a")], name="inner")
    picture = keras.Input((4, 4, 3), name="image")
    x = inside(picture)
    x = keras.layers.BatchNormalization(name="norm")(x)
    facts = keras.Input((5,), name="metadata")
    joined = keras.layers.Concatenate(name="join")([keras.layers.Flatten(name="flat")(x), facts])
    return keras.Model([picture, facts], keras.layers.Dense(1, name="logits")(joined))


def test_a_nested_model_is_one_step_or_its_layers() -> None:
    model = nested()
    whole = {step.name: step for step in walk(model, nested=False)}
    assert set(whole) == {"image", "inner", "norm", "metadata", "flat", "join", "logits"}
    assert (whole["inner"].kind, whole["inner"].trained) == ("Model", 3 * 3 * 3 * 2 + 2)
    opened = {step.name: step for step in walk(model, nested=True)}
    assert set(opened) == {"image", "inner/a", "norm", "metadata", "flat", "join", "logits"}
    assert opened["inner/a"].inputs == ("image",)
    assert opened["norm"].inputs == ("inner/a",)
    assert opened["join"].inputs == ("flat", "metadata")
    assert opened["join"].shape == (None, 2 * 2 * 2 + 5)


def test_counts_tell_apart_what_trains_and_add_up() -> None:
    model = nested()
    steps = {step.name: step for step in walk(model, nested=True)}
    assert (steps["norm"].trained, steps["norm"].fixed) == (4, 4)
    assert sum(step.parameters for step in steps.values()) == model.count_params()
    model.get_layer("inner").trainable = False
    assert [(step.trained, step.fixed) for step in walk(model, nested=True) if step.model == "inner"] == [(0, 56)]


def test_steps_come_after_what_they_read() -> None:
    seen: set[str] = set()
    for step in walk(nested(), nested=True):
        assert seen.issuperset(step.inputs)
        seen.add(step.name)


def test_a_functional_model_of_functional_models_keeps_its_edges() -> None:
    inner_input = keras.Input((4,), name="any name")
    split = keras.layers.Dense(4, name="left")(inner_input), keras.layers.Dense(4, name="right")(inner_input)
    inner = keras.Model(inner_input, keras.layers.Add(name="sum")(split), name="inner")
    outer_input = keras.Input((4,), name="x")
    steps = {step.name: step for step in walk(keras.Model(outer_input, inner(outer_input)), nested=True)}
    assert steps["inner/left"].inputs == steps["inner/right"].inputs == ("x",)
    assert steps["inner/sum"].inputs == ("inner/left", "inner/right")
