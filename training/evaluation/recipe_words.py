"""How a run was trained, in words."""

from training.config import Config
from training.datareport.words import plural
from training.options.fit import Phase
from training.options.pipeline import Augmentation

_NO_VIEW = {"blur_chance", "on_device"}


def recipe_words(config: Config) -> dict[str, str]:
    """What was done, by what it is."""
    fit, batches = config.fit, config.pipeline
    told = {
        "phases": "; ".join(map(_phase, fit.phases)),
        "loss": fit.loss.kind.replace("_", " "),
        "optimizer": f"{fit.optimizer}, weight decay {fit.weight_decay:g}",
        "batches": f"{batches.batch_size} images, classes balanced by {batches.balance:g} (0: as they are, 1: evenly)",
        "metadata hidden": f"each field with chance {batches.metadata_dropout:g}",
        "augmentation": "none" if batches.augmentation is None else _views(batches.augmentation),
        "epoch kept": f"the best {fit.monitor.replace('_', ' ')} on validation",
        "precision": fit.precision,
    }
    if config.distillation is not None:
        told["teachers"] = ", ".join(config.distillation.teachers)
    return told


def _phase(phase: Phase) -> str:
    named = {"all": "all layers", "head": "the head alone"}
    trained = named.get(str(phase.train)) or f"the last {float(phase.train):.0%} of the backbone"
    return f"{plural(phase.epochs, 'epoch')} of {trained}, learning rate up to {phase.learning_rate:g}"


def _views(views: Augmentation) -> str:
    used = {name: value for name, value in views.model_dump().items() if value and name not in _NO_VIEW}
    words = {name: name.replace("_", " ") for name in used}
    return ", ".join(words[name] if value is True else f"{words[name]} {value:g}" for name, value in used.items())
