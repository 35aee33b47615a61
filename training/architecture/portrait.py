"""All that is told of a recipe's model: diagram, layers, costs, what each phase trains. Needs no weights, no data."""

import textwrap
from pathlib import Path

import keras

from training.architecture import page, table
from training.architecture.diagram import diagram
from training.architecture.ink import count_text
from training.architecture.steps import walk
from training.config import Config, InvalidConfig
from training.models.build import build
from training.models.cost import cost
from training.models.dual import BACKBONE
from training.optimizer import freeze

WIDTH = 110
"""Letters in a line of notes."""


def write(config: Config, directory: Path, *, expand: bool = False, phase: int | None = None) -> list[Path]:
    """Write NAME.svg, NAME.png, NAME.md and NAME.csv; returns their paths. `expand`: the backbone block by block.

    With a `phase`, from 1, what that phase holds still counts as fixed; without one, the model is told as it is built.
    Raises `InvalidConfig` when there is no such phase.
    """
    plain = config.model.model_copy(update={"weights": None})
    model = build(config.model_copy(update={"model": plain}), Path(), Path())
    told = notes(model, config)
    title = config.name
    if phase is not None:
        if not 1 <= phase <= len(config.fit.phases):
            raise InvalidConfig(f"{config.name} has the phases 1 to {len(config.fit.phases)}. Received {phase}.")
        freeze(model, config.fit.phases[phase - 1])
        title = f"{config.name}, phase {phase}"
    name = f"{config.name}-phase{phase}" if phase else config.name
    drawn = diagram(model, {BACKBONE: config.model.backbone}, expand=expand)
    svg, png = (directory / f"{name}{'-expanded' * expand}.{kind}" for kind in ("svg", "png"))
    page.write(drawn, title, told, svg, png)
    return [svg, png, *table.write(walk(model, nested=True), title, told, directory / name)]


def notes(model: keras.Model, config: Config) -> list[str]:
    """What it is for, its size and cost, and how much of it each phase trains. Leaves the model all trainable."""
    total, size = cost(model), config.image.size
    logits = "1 logit" if config.outputs == 1 else f"{config.outputs} logits"
    gives = f"{size} × {size} pixels and {config.metadata.width} columns of metadata to {logits}"
    lines = [config.summary, f"{gives}; {total.flops / 1e9:.3g} GFLOPs an image."]
    for number, phase in enumerate(config.fit.phases, 1):
        freeze(model, phase)
        epochs = "1 epoch" if phase.epochs == 1 else f"{phase.epochs} epochs"
        lines.append(f"Phase {number}, {epochs} at most: {_counted(model)}.")
    _release(model)
    return [part for line in lines for part in textwrap.wrap(line, WIDTH)]


def _counted(model: keras.Model) -> str:
    steps = walk(model, nested=True)
    return count_text(sum(step.trained for step in steps), sum(step.fixed for step in steps))


def _release(model: keras.Model) -> None:
    for layer in model.layers:
        layer.trainable = True
