import keras
import pytest

from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from training.models.branches import Branches
from training.models.build import BUILDERS
from training.models.cost import UnknownCost, cost
from training.options.model import Backbone, Model

pytestmark = pytest.mark.tensorflow


@pytest.mark.parametrize(
    ("backbone", "multiply_adds"),
    # He et al. 2016, table 1, has 3.8; torchvision counts 4.09 for its own, which strides later. Sandler et al. 2018.
    [("resnet50", 3.86e9), ("mobilenet_v2", 300e6)],
)
def test_known_networks_cost_what_their_papers_say(backbone: Backbone, multiply_adds: float) -> None:
    model = Model(builder="dual", backbone=backbone, fusion="none")
    counted = cost(BUILDERS["dual"](model, ImageSpec(size=224), MetadataSpec(), 1))
    assert counted.flops == pytest.approx(2 * multiply_adds, rel=0.03)


def test_every_part_is_counted_once() -> None:
    picture = keras.Input((5, 5, 3))
    inner = keras.Input((5, 5, 3))
    x = keras.layers.Conv2D(4, 3, strides=2, padding="same")(inner)  # 3×3 positions, 3·3·3·4 + 4
    x = keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False)(x)  # 3·3·4
    x = keras.layers.Dense(2, use_bias=False)(x)  # at 9 positions, 4·2
    x = keras.Model(inner, x)(picture)
    x = keras.layers.Dense(6, use_bias=False)(keras.layers.Flatten()(x))  # 18·6
    counted = cost(keras.Model(picture, x))
    assert counted.parameters == 112 + 36 + 8 + 108
    assert counted.flops == 2 * (9 * (108 + 36 + 8) + 108)


def test_branches_cost_what_the_convolution_costs_that_they_are() -> None:
    picture = keras.Input((6, 6, 3))
    counted = cost(keras.Model(picture, Branches(4, stride=2)(picture)))
    assert counted.parameters == 3 * 3 * 3 * 4 + 4
    assert counted.flops == 2 * 9 * 108


def test_a_layer_that_nobody_can_count_is_named() -> None:
    picture = keras.Input((5, 3))
    model = keras.Model(picture, keras.layers.LSTM(2, name="memory")(picture))
    with pytest.raises(UnknownCost, match="multiply-adds of memory"):
        cost(model)
