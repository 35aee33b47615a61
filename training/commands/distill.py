"""distill: a recipe to a run that learns from the answers of finished runs, its teachers."""

import argparse
from pathlib import Path

from training.commands.options import add_directories
from training.commands.tell import tell
from training.config import RECIPE_HELP, Config, InvalidConfig, recipe
from training.overrides import override


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "distill",
        help="train a recipe that learns from finished runs; further --field value pairs override it",
        description="The student learns from its labels and from the answers of one or more teachers. How much from "
        "which: --distillation.soft 0.7 --distillation.temperature 3 --distillation.features 0.",
    )
    parser.add_argument("recipe", help=f"of the student: {RECIPE_HELP}")
    parser.add_argument(
        "--teacher",
        action="append",
        default=[],
        metavar="RUN",
        help="a finished run below --runs, such as runs/starter; several are averaged (default: the recipe's)",
    )
    parser.add_argument("--name", help="name of the run (default: the recipe's)")
    parser.add_argument("--final", action="store_true", help="also predict and report the test part")
    add_directories(parser)
    parser.set_defaults(run=_distill, takes_overrides=True)


def _distill(options: argparse.Namespace) -> None:
    from training.run import train

    names = [teacher_name(teacher, options.runs) for teacher in options.teacher]
    config = override(with_teachers(recipe(options.recipe), names), options.overrides)
    run = options.runs / (options.name or config.name)
    train(config, run, options.data, options.cache, final=options.final)
    tell(run, options)


def with_teachers(config: Config, names: list[str]) -> Config:
    """The recipe of a student of these teachers. Raises `InvalidConfig` when neither names one."""
    from training.options.distillation import Distillation

    if not names and config.distillation is None:
        raise InvalidConfig(f"A student needs a teacher. Give --teacher RUN: {config.name} names none.")
    if not names:
        return config
    given = config.distillation.model_dump() if config.distillation else {}
    return config.model_copy(update={"distillation": Distillation(**{**given, "teachers": tuple(names)})})


def teacher_name(teacher: str, runs: Path) -> str:
    """A run's name below `runs`, from its name or path. Raises `InvalidConfig` on a path that leads elsewhere."""
    path = Path(teacher)
    if path.name == teacher or path.parent.resolve() == runs.resolve():
        return path.name
    raise InvalidConfig(
        f"Teachers lie beside their student, so that its lineage can be followed. Expected a run in {runs}. Received "
        f"{teacher}. Give --runs {path.parent}, or link it: ln -s {path.resolve()} {runs / path.name}"
    )
