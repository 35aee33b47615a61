"""The seed project's network: two convolutions on the picture, one dense layer on the metadata, joined late.

    python -m training train baseline
    python -m training train baseline --name seed --target malignancy --image.size 224     # the seed's own form

All but the network and its learning rate is as in `compact`. About 2 minutes
on two free cores; what it reaches beside the other networks is in docs/comparison.md.
"""

from training.options.fit import Phase
from training.options.model import Model
from training.recipes import compact

CONFIG = compact.CONFIG.model_copy(
    update={
        "name": "baseline",
        "summary": "The seed project's two-branch network at 64 px, trained from random weights on HAM10000.",
        "model": Model(builder="baseline"),
        "fit": compact.CONFIG.fit.model_copy(
            update={"phases": (Phase(epochs=12, learning_rate=1e-3, warmup_epochs=1),)}
        ),
    }
)

SEARCH = compact.SEARCH
