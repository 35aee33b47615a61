"""Attention condensers in the size of CancerNet-SCa B (0.80 million parameters), on the picture alone as there.

    python -m training train condenser_b

All but the network and its learning rate is as in `compact`. About 3 minutes
on two free cores; what it reaches beside the other networks is in docs/comparison.md.
"""

from training.options.fit import Phase
from training.options.model import Model
from training.recipes import compact

CONFIG = compact.CONFIG.model_copy(
    update={
        "name": "condenser_b",
        "summary": "A small network of attention condensers at 64 px, on the picture alone (CancerNet-SCa B in size).",
        "model": Model(builder="dual", backbone="condenser_b", fusion="none", dropout=0.2),
        "fit": compact.CONFIG.fit.model_copy(
            update={"phases": (Phase(epochs=12, learning_rate=1e-3, warmup_epochs=1),)}
        ),
    }
)

SEARCH = compact.SEARCH
