"""Drawn lesions, a tiny network, seconds: shows that the whole line works where there is no data at all.

python -m training draw-lesions && python -m training train smoke --final
"""

from lesion.image import ImageSpec
from training.config import Config
from training.options.fit import Fit, Phase
from training.options.model import Model
from training.options.pipeline import Augmentation, Pipeline
from training.tuning.space import LogUniform, Search, Uniform

CONFIG = Config(
    name="smoke",
    summary="A tiny network on drawn lesions. It knows nothing of skin.",
    dataset="drawn",
    splits="dataset",
    data_statement="Pictures drawn by `training.drawing`: no patient, no lesion, no meaning.",
    data_license="Apache-2.0",
    image=ImageSpec(size=48),
    pipeline=Pipeline(batch_size=16, augmentation=Augmentation(rotation_degrees=15, zoom=0.1, color=0.05)),
    model=Model(builder="dual", backbone="tiny", dropout=0.1),
    fit=Fit(phases=(Phase(epochs=20, learning_rate=5e-3, warmup_epochs=1),), patience=20, average=0.9),
)

SEARCH = Search(
    space={
        "fit.phases.0.learning_rate": LogUniform(low=1e-5, high=1e-1, points=5),
        "model.dropout": Uniform(low=0.0, high=0.6, points=3),
    }
)
