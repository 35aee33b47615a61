"""Our compact network, taught by MobileNetV2 besides the labels. docs/distillation.md tells what teachers
brought a smaller student still.

    python -m training train ablation              # the teacher, if there is no better one at 64 px
    python -m training distill student             # or of others: --teacher runs/X [--teacher runs/Y]

A student learns best from who sees what it sees: give teachers of its own image size. All but the teacher is as in
`compact`; an epoch takes about twice as long, for the teacher answers every batch too.
"""

from training.options.distillation import Distillation
from training.recipes import compact

CONFIG = compact.CONFIG.model_copy(
    update={
        "name": "student",
        "summary": "Our own compact network at 64 px, trained on HAM10000 and on the answers of a larger one.",
        "distillation": Distillation(teachers=("ablation",)),
    }
)

SEARCH = compact.SEARCH
