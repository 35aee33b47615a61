"""Our plain network at 128 px: goes on from `plain84`, and learns from MobileNetV2's answers besides the labels.

    python -m training train plain84                # about 20 minutes on two free cores
    python -m training train starter
    python -m training distill plain

It is made to be exported in 8 bits, where it answers several times as fast as its teacher: docs/export.md.
"""

from lesion.image import ImageSpec
from training.options.distillation import Distillation
from training.options.fit import Fit, Loss, Phase
from training.options.model import Model
from training.recipes import compact, starter

CONFIG = starter.CONFIG.model_copy(
    update={
        "name": "plain",
        "summary": "Our plain network at 128 px with metadata, taught by MobileNetV2 on HAM10000.",
        "image": ImageSpec(size=128),
        "model": Model(
            builder="dual",
            backbone="plain",
            dropout=0.2,
            weights="run:plain84",
            weights_note="our plain network trained on ISIC 2019 at 84 px (recipe plain84)",
        ),
        "fit": Fit(
            phases=(Phase(epochs=48, learning_rate=1e-3, warmup_epochs=1),),
            loss=Loss(label_smoothing=0.1),
            weight_decay=5e-2,
            average=0.995,
            patience=48,
        ),
        "distillation": Distillation(teachers=("starter",)),
    }
)

SEARCH = compact.SEARCH
