"""What a student is shown, what it is told, and what it keeps of its teachers."""

from pathlib import Path

import keras
import numpy as np
import pytest

from lesion.decision import softmax
from training import checkpoints, device_augment
from training.distill import Apart, Distiller, Softened
from training.learner import Learner
from training.losses import LogitAdjusted
from training.metrics import metrics
from training.options.distillation import Distillation
from training.options.pipeline import Augmentation
from training.teachers import resized

pytestmark = pytest.mark.tensorflow

SIDE, COLUMNS, CLASSES = 16, 3, 4
SHARES = [0.1, 0.2, 0.3, 0.4]


def network(seed: int, *, side: int = SIDE, stride: int = 4, width: int = 5, outputs: int = CLASSES) -> keras.Model:
    """A backbone and a head, without normalization: no image has an effect on the answer to another."""
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    picture = keras.Input((side, side, 3), dtype="uint8", name="image")
    facts = keras.Input((COLUMNS,), dtype="float32", name="metadata")
    x = layers.Rescaling(1 / 127.5, offset=-1)(picture)
    x = layers.Conv2D(width, 3, stride, "same", activation="relu", name="backbone")(x)
    x = layers.Concatenate()([layers.GlobalAveragePooling2D()(x), facts])
    return keras.Model([picture, facts], layers.Dense(outputs, kernel_initializer="normal", name="logits")(x))


def inputs(count: int = 6, seed: int = 0) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    return {
        "image": rng.integers(0, 256, (count, SIDE, SIDE, 3), np.uint8),
        "metadata": rng.random((count, COLUMNS), np.float32),
    }


def mixed(count: int = 6) -> np.ndarray:
    """Targets as mixup leaves them: shares of several categories."""
    return np.random.default_rng(1).dirichlet(np.ones(CLASSES), count).astype(np.float32)


def options(**changes: float) -> Distillation:
    return Distillation.model_validate({"teachers": ("any",), **changes})


def compiled(learner: Learner, rate: float = 0.5) -> Learner:
    learner.compile(keras.optimizers.SGD(rate), LogitAdjusted(SHARES), metrics=metrics(CLASSES))
    return learner


def divergence(taught: np.ndarray, said: np.ndarray, temperature: float) -> np.ndarray:
    p, q = softmax(taught / temperature), softmax(said / temperature)
    return np.asarray(temperature**2 * (p * np.log(p / q)).sum(axis=1))


def test_the_loss_is_the_sum_that_is_written_down() -> None:
    student, teachers = network(0), [network(1), network(2)]
    learner = compiled(Distiller(student, None, teachers, options(soft=0.7, temperature=3)))
    given, targets, weights = inputs(), mixed(), np.array([1, 2, 0, 1, 0.5, 1], np.float32)
    said, taught = np.asarray(student(given)), np.mean([np.asarray(teacher(given)) for teacher in teachers], axis=0)
    labels = np.asarray(LogitAdjusted(SHARES).call(targets, said))
    expected = np.average(0.3 * labels + 0.7 * divergence(taught, said, 3), weights=weights)
    told = learner.train_on_batch(given, targets, sample_weight=weights, return_dict=True)
    assert told["loss"] == pytest.approx(expected, rel=1e-4)


@pytest.mark.parametrize("features", [0, 1])
def test_an_image_of_no_weight_teaches_nothing(features: float) -> None:
    def taught(weight: float, last: int) -> list[np.ndarray]:
        given, targets = inputs(), mixed()
        given["image"][-1] = last
        targets[-1] = np.eye(CLASSES)[last % CLASSES]
        student = network(0)
        keras.utils.set_random_seed(5)
        learner = compiled(Distiller(student, None, [network(1)], options(features=features)))
        learner.train_on_batch(given, targets, sample_weight=np.array([1, 1, 1, 1, 1, weight], np.float32))
        return [np.asarray(weight) for weight in learner.trainable_variables]

    for one, other in zip(taught(0, last=0), taught(0, last=255), strict=True):
        np.testing.assert_array_equal(one, other)
    differences = [np.abs(a - b).max() for a, b in zip(taught(1, last=0), taught(1, last=255), strict=True)]
    assert min(differences) > 1e-5, "every weight learns from an image that counts"


@pytest.mark.parametrize("on_device", [False, True])
def test_teachers_see_the_very_view_that_the_student_sees(
    on_device: bool,  # noqa: FBT001 - a parameter of the test
) -> None:
    student = network(0)
    views = device_augment.views(student, Augmentation(on_device=True, erase=0.5), 0) if on_device else None
    # Its own twin can teach it nothing, unless the two look at different pictures.
    learner = compiled(Distiller(student, views, [keras.models.clone_model(student)], options(soft=1)))
    learner.panel.models[0].set_weights(student.get_weights())
    given = inputs()
    assert learner.train_on_batch(given, mixed(), return_dict=True)["loss"] == pytest.approx(0, abs=1e-6)
    if views is not None:
        seen = learner.view(given, training=True)
        assert np.mean(np.asarray(seen["image"]) != given["image"]) > 0.5


def test_nothing_of_a_teacher_is_trained_or_kept(tmp_path: Path) -> None:
    student, teacher = network(0), network(1, width=9)
    before, parameters = [weight.copy() for weight in teacher.get_weights()], student.count_params()
    learner = compiled(Distiller(student, None, [teacher], options(features=0.5)))
    learner.fit(inputs(), mixed(), epochs=2, verbose=0)
    for weight, old in zip(teacher.get_weights(), before, strict=True):
        np.testing.assert_array_equal(weight, old)
    mine = {id(variable) for variable in [*student.variables, *learner.projections[0].variables]}
    metric = {id(variable) for variable in learner.metrics_variables}
    assert {id(variable) for variable in learner.variables} - metric == mine
    assert {id(variable) for variable in learner.trainable_variables} == mine
    learner.model.save(tmp_path / "best.keras")
    kept = keras.saving.load_model(tmp_path / "best.keras")
    assert kept.count_params() == parameters
    np.testing.assert_allclose(kept(inputs()), student(inputs()), atol=1e-6)


def test_a_student_goes_on_from_its_state_projections_included(tmp_path: Path) -> None:
    def learner(seed: int) -> Learner:
        student, teacher = network(0), network(1, width=9)
        keras.utils.set_random_seed(seed)
        return compiled(Distiller(student, None, [teacher], options(features=0.5)), 0.02)

    first, second = learner(5), learner(6)
    first.train_on_batch(inputs(), mixed())
    start = checkpoints.State(phase=0, first=0, epochs=0, begun=False, identity="this", values=())
    checkpoints.within(first, start, epochs=1).write(tmp_path)
    state = checkpoints.State.read(tmp_path)
    assert state is not None
    checkpoints.restore(state, second)
    for trained in (first, second):
        trained.train_on_batch(inputs(seed=1), mixed())
    for mine, theirs in zip(first.trainable_variables, second.trainable_variables, strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_validation_tells_the_configured_loss_and_metrics_are_of_the_students_answers() -> None:
    student = network(0)
    given, targets = inputs(), np.eye(CLASSES, dtype=np.float32)[[0, 1, 2, 3, 0, 1]]
    plain = compiled(Learner(student)).evaluate(given, targets, verbose=0, return_dict=True)
    learner = compiled(Distiller(student, None, [network(1)], options(features=0.5)))
    assert learner.evaluate(given, targets, verbose=0, return_dict=True) == pytest.approx(plain)
    np.testing.assert_allclose(learner.predict(given, verbose=0), student(given), atol=1e-6)
    told = learner.train_on_batch(given, targets, return_dict=True)
    for metric in ("accuracy", "balanced_accuracy"):
        assert told[metric] == pytest.approx(plain[metric])


def test_penalties_count_in_full() -> None:
    def loss(soft: float, *, penalized: bool) -> float:
        student = network(0)
        if penalized:
            student.get_layer("logits").kernel.regularizer = keras.regularizers.L2(0.1)
        learner = compiled(Distiller(student, None, [network(1)], options(soft=soft)))
        told: float = learner.train_on_batch(inputs(), mixed(), return_dict=True)["loss"]
        return told

    penalty = 0.1 * float(np.square(network(0).get_layer("logits").get_weights()[0]).sum())
    assert penalty > 1e-4
    for soft in (0.0, 0.9):
        assert loss(soft, penalized=True) - loss(soft, penalized=False) == pytest.approx(penalty, abs=1e-5)


def test_a_teacher_of_another_size_sees_the_view_resized() -> None:
    student, teacher = network(0), network(1, side=2 * SIDE, stride=2, width=9)
    learner = compiled(Distiller(student, None, [teacher], options(soft=1, features=0.5, temperature=1)), 0.02)
    assert learner.panel.maps == [(16, 16, 9)]
    given = inputs()
    larger = {**given, "image": np.asarray(resized(given["image"], 2 * SIDE))}
    expected = divergence(np.asarray(teacher(larger)), np.asarray(student(given)), 1).mean()
    # The distance of the maps is about 1 before anything is learned, and half of it counts.
    assert 0 < learner.train_on_batch(given, mixed(), return_dict=True)["loss"] - expected < 5
    losses = learner.fit(given, mixed(), epochs=30, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]


def test_resizing_keeps_a_plain_picture_and_averages_a_fine_one() -> None:
    plain = np.full((1, SIDE, SIDE, 3), 77, np.uint8)
    for size in (SIDE // 2, SIDE, 3 * SIDE):
        assert np.asarray(resized(plain, size)).shape == (1, size, size, 3)
        assert (np.asarray(resized(plain, size)) == 77).all()
    stripes = np.zeros_like(plain)
    stripes[:, :, ::2] = 200
    assert (np.abs(np.asarray(resized(stripes, SIDE // 4)).astype(int) - 100) <= 15).all()


def test_one_logit_is_two_categories() -> None:
    taught, said = np.array([[1.5], [-2.0]], np.float32), np.array([[0.5], [3.0]], np.float32)
    two = [np.concatenate([np.zeros_like(logit), logit], axis=1) for logit in (taught, said)]
    np.testing.assert_allclose(Softened(2.0).call(taught, said), divergence(two[0], two[1], 2.0), rtol=1e-5)


def apart(taught: np.ndarray, said: np.ndarray) -> np.ndarray:
    return np.asarray(Apart().call(keras.ops.convert_to_tensor(taught), keras.ops.convert_to_tensor(said)))


def test_the_distance_of_maps_means_the_same_for_every_teacher() -> None:
    rng = np.random.default_rng(0)
    taught = rng.random((3, 4, 4, 6), np.float32)
    np.testing.assert_allclose(apart(taught, np.zeros_like(taught)), 1, rtol=1e-5)
    np.testing.assert_allclose(apart(taught, taught), 0, atol=1e-6)
    said = rng.random((3, 2, 2, 6), np.float32)
    np.testing.assert_allclose(apart(100 * taught, 100 * said), apart(taught, said), rtol=1e-4)
    # The larger map is averaged down to the smaller one, whichever it is.
    halved = taught.reshape(3, 2, 2, 2, 2, 6).mean(axis=(2, 4))
    np.testing.assert_allclose(apart(taught, said), apart(halved, said), rtol=1e-4)
    np.testing.assert_allclose(apart(said, taught), apart(said, halved), rtol=1e-4)
