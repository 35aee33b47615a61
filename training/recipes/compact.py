"""Our own small network, trained from nothing: 0.7 million parameters, fast on a CPU, and the ground of the comparison.

    python -m training train compact

About 2 minutes on two free cores (HAM10000's 6,000 training images, 12 epochs). What it reaches beside the other
networks is in docs/comparison.md, for the shorter runs of `python -m benchmarks.comparison`.
"""

from lesion.image import ImageSpec
from training.config import Config
from training.options.fit import Fit, Loss, Phase
from training.options.model import Model
from training.options.pipeline import Augmentation, Pipeline
from training.recipes import starter

CONFIG = Config(
    name="compact",
    summary="Our own compact network at 64 px with metadata, trained from random weights on HAM10000.",
    dataset=starter.CONFIG.dataset,
    splits=starter.CONFIG.splits,
    data_statement=starter.CONFIG.data_statement,
    data_license=starter.CONFIG.data_license,
    image=ImageSpec(size=64),
    pipeline=Pipeline(
        batch_size=32,
        balance=0.5,
        metadata_dropout=0.1,
        augmentation=Augmentation(rotation_degrees=45, zoom=0.2, stretch=0.1, color=0.1, erase=0.3),
    ),
    model=Model(builder="dual", backbone="compact", dropout=0.2),
    fit=Fit(
        phases=(Phase(epochs=12, learning_rate=2e-3, warmup_epochs=1),),
        loss=Loss(label_smoothing=0.1),
        weight_decay=5e-2,
        average=0.99,
        patience=12,
    ),
)
