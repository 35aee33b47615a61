"""ResNet-50 from random weights, on the picture alone: what CancerNet-SCa's paper compares its networks with.

    python -m training train resnet50

All but the network and its learning rate is as in `compact`. About 21 minutes
on two free cores; what it reaches beside the other networks is in docs/comparison.md.
"""

from training.options.fit import Phase
from training.options.model import Model
from training.recipes import compact

CONFIG = compact.CONFIG.model_copy(
    update={
        "name": "resnet50",
        "summary": "ResNet-50 at 64 px from random weights, on the picture alone: the yardstick of the comparison.",
        "model": Model(builder="dual", backbone="resnet50", fusion="none", dropout=0.2),
        "fit": compact.CONFIG.fit.model_copy(
            update={"phases": (Phase(epochs=12, learning_rate=1e-3, warmup_epochs=1),)}
        ),
    }
)

SEARCH = compact.SEARCH
