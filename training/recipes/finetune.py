"""A finished model for another clinic's images: here the MSK part of ISIC 2019, other cameras and other patients.

    python -m training train starter
    python -m training train finetune          # a site of your own: --dataset mine --splits dataset …

The head learns first, behind a backbone held still; then the last half of the backbone too, at a tenth of the rate it
was trained with. docs/fine-tuning.md has what that brought a smaller network, and how to add categories.
"""

from training.options.fit import Phase
from training.recipes import starter

CONFIG = starter.CONFIG.model_copy(
    update={
        "name": "finetune",
        "summary": "The run `starter` (HAM10000), fine-tuned on the images of MSK.",
        "dataset": "msk",
        "data_statement": (
            "ISIC 2017's images of Memorial Sloan Kettering Cancer Center and others, as far as ISIC 2019 has them "
            "(MSK: arXiv:1902.03368), at 256×256 px, labeled by the ISIC 2019 ground truth. Before that: "
            + starter.CONFIG.data_statement
        ),
        "model": starter.CONFIG.model.model_copy(
            update={
                "weights": "run:starter",
                "weights_saw": None,
                "weights_note": "the run starter, which began with " + starter.CONFIG.model.weights_note,
            }
        ),
        "fit": starter.CONFIG.fit.model_copy(
            update={
                "phases": (
                    Phase(train="head", epochs=2, learning_rate=1e-3),
                    Phase(train=0.5, epochs=6, learning_rate=3e-5, warmup_epochs=1),
                ),
                "patience": 8,
            }
        ),
    }
)

SEARCH = starter.SEARCH
