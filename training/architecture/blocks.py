"""The layers of a backbone gathered into blocks, so that a hundred and fifty of them make a page.

A layer that every path runs through is a waist. What lies between two waists runs in parallel: a residual or gated
block. Chains between blocks are cut where a convolution begins; neighbors whose names share a `block…` prefix are one
block again. Blocks alike that follow each other are told once, with a count.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from training.architecture.steps import Shape, Step
from training.architecture.words import kind_of, short

BLOCK_NAME = re.compile(r"(?:^|_)((?:conv\d+_|stage_\d+_)?block_?\d+[a-z]?|expanded_conv(?:_\d+)?)_")

SHORTCUT = "shortcut:"


@dataclass(frozen=True)
class Block:
    """Steps that belong together. `skips`: the block's input also goes past it.

    Of blocks alike, `steps` are those of the first, and `names`, `trained` and `fixed` speak of all.
    """

    name: str
    steps: tuple[Step, ...]
    skips: bool
    names: tuple[str, ...]
    trained: int
    fixed: int
    times: int = 1

    @property
    def lines(self) -> tuple[str, ...]:
        """What is computed: a convolution and what follows it in one line."""
        return tuple(_line(unit) for unit in _units(self.steps))

    @property
    def shape(self) -> Shape:
        """Of what it gives."""
        return self.steps[-1].shape


def blocks(steps: Sequence[Step]) -> list[Block]:
    """The steps of one nested model as blocks, repeats merged."""
    merged: list[Block] = []
    for block in _by_name(_pieces(steps)):
        last = merged[-1] if merged else None
        if last and (last.lines, last.shape, last.skips) == (block.lines, block.shape, block.skips):
            merged[-1] = _repeated(last, block)
        else:
            merged.append(block)
    return merged


def _repeated(first: Block, again: Block) -> Block:
    return replace(
        first,
        name=f"{first.name.split(' – ')[0]} – {again.name}" if again.name else first.name,
        names=first.names + again.names,
        times=first.times + again.times,
        trained=first.trained + again.trained,
        fixed=first.fixed + again.fixed,
    )


def _pieces(steps: Sequence[Step]) -> list[list[Step]]:
    """Parallel stretches whole, chains by unit; what merely follows goes with what it follows."""
    waists = _waists(steps)
    pieces: list[list[Step]] = []
    for at, step in enumerate(steps):
        after_waist = at == 0 or waists[at - 1]
        if not pieces or (after_waist and (_begins(step) or not waists[at] or _leaves(step, pieces[-1]))):
            pieces.append([step])
        else:
            pieces[-1].append(step)
    return pieces


def _waists(steps: Sequence[Step]) -> list[bool]:
    """Of each step, whether no edge goes past it."""
    place = {step.name: at for at, step in enumerate(steps)}
    farthest = [-1] * (len(steps) + 1)  # reader of each step; the last place is of what feeds them all
    for at, step in enumerate(steps):
        for source in step.inputs:
            farthest[place.get(source, -1)] = at
    reach, waists = farthest[-1], []
    for at in range(len(steps)):
        waists.append(reach <= at)
        reach = max(reach, farthest[at])
    return waists


def _by_name(pieces: Sequence[Sequence[Step]]) -> list[Block]:
    named: list[tuple[str, list[Step]]] = []
    for piece in pieces:
        name = _block_name(piece)
        if named and name and named[-1][0] == name:
            named[-1][1].extend(piece)
        else:
            named.append((name, list(piece)))
    return [_block(name, steps) for name, steps in named]


def _block(name: str, steps: Sequence[Step]) -> Block:
    inner = {step.name for step in steps}
    outer = [source for step in steps for source in step.inputs if source not in inner]
    return Block(
        name,
        tuple(steps),
        skips=len(outer) > 1,
        names=tuple(step.name for step in steps),
        trained=sum(step.trained for step in steps),
        fixed=sum(step.fixed for step in steps),
    )


def _leaves(step: Step, piece: Sequence[Step]) -> bool:
    """Whether the step's own name says that it belongs to another block."""
    return _block_name([step]) not in {"", _block_name(piece)}


def _block_name(steps: Sequence[Step]) -> str:
    found = BLOCK_NAME.search(steps[0].name.rpartition("/")[2])
    return found[1].replace("_", " ") if found else ""


def _units(steps: Sequence[Step]) -> list[list[str]]:
    """Words of each line. A line begins with a convolution or the like; what follows is told with the one it reads."""
    inner = {step.name for step in steps}
    units: list[list[str]] = []
    line_of: dict[str, list[str]] = {}
    for step in steps:
        words = [word for word in (short(step),) if word]
        outer = not inner.issuperset(step.inputs)
        line = next((line_of[source] for source in step.inputs if source in line_of), None)
        if line is None or _merges(step) or (_begins(step) and line[:1] != [SHORTCUT]):
            line = [SHORTCUT] if outer and units and not _merges(step) else []
            units.append(line)
            words = [f"{word} block's input" if outer and _merges(step) else word for word in words]
        line += words
        line_of[step.name] = line
    return units


def _line(words: Sequence[str]) -> str:
    return " · ".join(words).replace(f"{SHORTCUT} · ", f"{SHORTCUT} ")


def _merges(step: Step) -> bool:
    return len(step.inputs) > 1


def _begins(step: Step) -> bool:
    """Whether a line of a block begins with it: what has weights of its own to multiply with, pools or merges."""
    return _merges(step) or kind_of(step) in {"convolution", "dense", "model"} or "Pooling" in step.kind
