"""What each technique brings is measured against this: small, quick, and with every default of ours on.

    python -m benchmarks.ablation --data data        # this recipe and every variant of it; docs/ablation.md

MobileNetV2 from ImageNet weights at 64 px, on a fixed quarter of the lesions of HAM10000's training part: about one
minute a run on two idle cores.
"""

from lesion.image import ImageSpec
from training.config import Config
from training.options.fit import Fit, Loss, Phase
from training.options.pipeline import Augmentation, Pipeline
from training.recipes import starter

CONFIG = Config(
    name="ablation",
    summary="MobileNetV2 at 64 px on a quarter of HAM10000's training lesions, to try techniques on.",
    dataset=starter.CONFIG.dataset,
    splits=starter.CONFIG.splits,
    data_statement=starter.CONFIG.data_statement,
    data_license=starter.CONFIG.data_license,
    image=ImageSpec(size=64),
    pipeline=Pipeline(
        batch_size=32,
        share=0.25,
        balance=0.5,
        metadata_dropout=0.1,
        augmentation=Augmentation(rotation_degrees=45, zoom=0.2, stretch=0.1, color=0.1, erase=0.3),
    ),
    model=starter.CONFIG.model,
    fit=Fit(
        phases=(
            Phase(train="head", epochs=1, learning_rate=2e-3),
            Phase(train="all", epochs=5, learning_rate=5e-4, warmup_epochs=0.5),
        ),
        loss=Loss(label_smoothing=0.1),
        weight_decay=5e-2,
        average=0.98,
        patience=10,
    ),
)

SEARCH = starter.SEARCH
