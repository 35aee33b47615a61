"""A model as boxes and arrows: what is drawn, not yet where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import keras

from training.architecture.blocks import Block, blocks
from training.architecture.steps import Step, walk
from training.architecture.words import Kind, kind_of, shape_text, short, title
from training.models.evidence import CONTRIBUTIONS, EVIDENCE, LOGITS

PICTURE, FACTS = "image", "metadata"
"""The inputs of every model."""


@dataclass(frozen=True)
class Box:
    """One box. `times`: how many alike follow each other; `frame`: the nested model that it belongs to, if any."""

    name: str
    kind: Kind
    heading: str
    lines: tuple[str, ...]
    shape: str
    trained: int
    fixed: int
    skips: bool = False
    times: int = 1
    frame: str = ""


@dataclass(frozen=True)
class Diagram:
    """Boxes in order of computation, and arrows as pairs of their names.

    `trunk` are the arrows that the picture takes; `frames` the captions of nested models.
    """

    boxes: tuple[Box, ...]
    arrows: tuple[tuple[str, str], ...]
    trunk: tuple[tuple[str, str], ...]
    frames: Mapping[str, str]
    trained: int
    fixed: int


def diagram(model: keras.Model, names: Mapping[str, str], *, expand: bool = False) -> Diagram:
    """Nested models as one box each, or block by block when `expand`. `names` tells what to call them."""
    steps = walk(model, nested=expand)
    sides = _sides(steps)
    boxes: list[Box] = []
    box_of: dict[str, str] = {}
    for group in _groups(steps):
        made = _of_blocks(group) if group[0].model else [(_of_step(group[0], sides, names), (group[0].name,))]
        for box, inside in made:
            boxes.append(box)
            box_of.update(dict.fromkeys(inside, box.name))
    read = [(source, step.name) for step in steps for source in step.inputs if box_of[source] != box_of[step.name]]
    arrows = {(box_of[source], box_of[target]): PICTURE in sides[source] for source, target in read}
    return Diagram(
        tuple(boxes),
        tuple(arrows),
        tuple(arrow for arrow, pictures in arrows.items() if pictures),
        {step.model: names.get(step.model, step.model) for step in steps if step.model},
        sum(step.trained for step in steps),
        sum(step.fixed for step in steps),
    )


def _groups(steps: Sequence[Step]) -> list[list[Step]]:
    """Steps at the top one by one, those of a nested model together."""
    groups: list[list[Step]] = []
    for step in steps:
        if groups and step.model and groups[-1][0].model == step.model:
            groups[-1].append(step)
        else:
            groups.append([step])
    return groups


def _of_blocks(steps: Sequence[Step]) -> list[tuple[Box, tuple[str, ...]]]:
    return [(_of_block(block, steps[0].model), block.names) for block in blocks(steps)]


def _of_block(block: Block, frame: str) -> Box:
    name = block.name or ("Residual block" if block.skips else "")
    untitled = not name or len(block.lines) == 1
    told = title(block.steps[0]) if len(block.steps) == 1 else block.lines[0]
    return Box(
        name=block.names[-1],
        kind=kind_of(block.steps[0]),
        heading=told if untitled else name,
        lines=block.lines[untitled:],
        shape=shape_text(block.shape),
        trained=block.trained,
        fixed=block.fixed,
        skips=block.skips,
        times=block.times,
        frame=frame,
    )


def _of_step(step: Step, sides: Mapping[str, frozenset[str]], names: Mapping[str, str]) -> Box:
    lines: tuple[str, ...] = ()
    heading = f"Evidence: {short(step)}" if step.name == EVIDENCE else title(step)
    if step.kind == "Model":
        heading = names.get(step.name, step.name)
        inner = walk(step.operation, nested=True)
        convolutions = sum(kind_of(layer) == "convolution" for layer in inner)
        lines = (f"{len(inner)} layers, {convolutions} of them convolutions",)
    return Box(step.name, _kind(step, sides), heading, lines, shape_text(step.shape), step.trained, step.fixed)


def _kind(step: Step, sides: Mapping[str, frozenset[str]]) -> Kind:
    """By what the layer is for: a dense layer on the metadata alone belongs to the metadata."""
    by_class = kind_of(step)
    if by_class in {"input", "model"}:
        return by_class
    if step.name in {EVIDENCE, CONTRIBUTIONS, LOGITS}:
        return "head"
    if sides[step.name] == {FACTS}:
        return "metadata"
    return "fusion" if len({sides[source] for source in step.inputs}) > 1 else by_class


def _sides(steps: Sequence[Step]) -> dict[str, frozenset[str]]:
    """Of each layer, the inputs of the model that reach it."""
    sides: dict[str, frozenset[str]] = {}
    for step in steps:
        sides[step.name] = frozenset().union(*(sides[source] for source in step.inputs)) or frozenset({step.name})
    return sides
