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
from training.tuning.space import Choice, LogUniform, Search, Uniform

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

SEARCH = Search(
    space={
        "fit.phases.0.learning_rate": LogUniform(low=3e-4, high=3e-2, points=5),
        "fit.weight_decay": LogUniform(low=1e-4, high=3e-1, points=3),
        "fit.loss.label_smoothing": Choice(values=(0.0, 0.1, 0.2)),
        "pipeline.balance": Choice(values=(0.0, 0.5, 1.0)),
        "model.dropout": Uniform(low=0.0, high=0.6, points=3),
    }
)
