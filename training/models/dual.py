"""A convolutional backbone, metadata fused into its last feature map, and a head that explains itself.

Every classifier but the seed's is one of these: a ResNet-50 or a condenser network is `dual` with that backbone and
`fusion="none"`, since the evidence alone is global average pooling and a dense layer.
"""

import keras

from lesion.image import ImageSpec
from lesion.patient import MetadataSpec
from training.models import backbones
from training.models.evidence import additive
from training.models.fusion import FUSIONS
from training.options.model import Model

BACKBONE = "backbone"


def build(options: Model, image: ImageSpec, metadata: MetadataSpec, classes: int) -> keras.Model:
    """uint8 (N, S, S, 3) and float32 (N, K) to logits (N, C).

    Raises `InvalidConfig` on images too small for the backbone, and on weights that do not fit it.
    """
    picture = keras.Input((image.size, image.size, 3), dtype="uint8", name="image")
    facts = keras.Input((metadata.width,), dtype="float32", name="metadata")

    x = backbones.rescale(options.backbone, picture)
    x = backbones.build(options.backbone, image.size, options.weights, BACKBONE)(x)
    x = FUSIONS[options.fusion](x, facts)
    x = keras.layers.SpatialDropout2D(options.dropout)(x)
    logits = additive(x, None if options.fusion == "none" else facts, classes)
    # The picture alone is asked for the metadata too: who calls a model need not know what it makes of it.
    return keras.Model([picture, facts], logits, name="dual")
