"""tune: a search over a recipe, to the overrides that win on validation."""

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from training.commands.options import add_directories
from training.config import RECIPES, InvalidConfig, recipe
from training.overrides import override

if TYPE_CHECKING:
    from training.tuning.plan import Plan

METHODS = ("grid", "random", "bayesian", "hyperband")
OBJECTIVES = ("balanced_accuracy", "loss")
TRIALS = 10
"""Of random and Bayesian search, unless told otherwise."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "tune", help="search for a recipe's best settings on validation; --field value pairs override it for all trials"
    )
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("--name", help="name of the search (default: RECIPE-METHOD); the same goes on where it stopped")
    parser.add_argument("--method", choices=METHODS, default="random")
    parser.add_argument(
        "--trials", type=_count, help=f"at most (default: {TRIALS}; grid: all). Hyperband: see --iterations"
    )
    parser.add_argument("--objective", choices=OBJECTIVES, help="default: what the recipe's fit.monitor says")
    parser.add_argument("--space", type=Path, help="a search space as JSON, in place of the recipe's SEARCH")
    parser.add_argument("--failures", type=_count, default=5, help="failed trials in a row that end it (default: 5)")
    parser.add_argument("--factor", type=int, default=3, help="Hyperband: one of so many goes on (default: 3)")
    parser.add_argument(
        "--iterations", type=_count, default=1, help="Hyperband: times all its brackets run (default: 1)"
    )
    parser.add_argument("--tunings", type=Path, default=Path("tunings"), help="where searches are kept")
    where = parser.add_mutually_exclusive_group()
    where.add_argument("--processes", type=_count, default=1, help="workers on this machine (default: 1, this process)")
    where.add_argument("--chief", metavar="HOST:PORT", help="propose trials to workers, on an address of this machine")
    where.add_argument("--worker", nargs=2, metavar=("HOST:PORT", "ID"), help="run trials for a chief, under an own id")
    add_directories(parser)
    parser.set_defaults(run=_tune, takes_overrides=True)


def _tune(options: argparse.Namespace) -> int | None:
    plan, trials = _plan(options), _trials(options)
    directory = options.tunings / (options.name or f"{options.recipe}-{options.method}")
    if options.processes > 1:
        from training.tuning import processes

        return processes.search(_arguments(options), options.processes, directory)
    _take_role(options)
    _run(options, plan, trials, directory)
    return None


def _count(text: str) -> int:
    """A whole number from 1."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1, received {text!r}")
    return int(text)


def _plan(options: argparse.Namespace) -> "Plan":
    from training.tuning.plan import Plan
    from training.tuning.space import read, search_of

    config = override(recipe(options.recipe), options.overrides)
    return Plan.of(
        config,
        read(options.space) if options.space else search_of(options.recipe),
        options.objective or config.fit.monitor,
        recipe=options.recipe,
        overrides=tuple(options.overrides),
        method=options.method,
        factor=options.factor,
        iterations=options.iterations,
    )


def _trials(options: argparse.Namespace) -> int | None:
    if options.method != "hyperband":
        default = None if options.method == "grid" else TRIALS
        return default if options.trials is None else int(options.trials)
    if options.trials is not None:
        raise InvalidConfig("Hyperband counts its own trials, from the recipe's epochs, --factor and --iterations.")
    return None


def _take_role(options: argparse.Namespace) -> None:
    from training.tuning.processes import role

    if options.chief:
        os.environ.update(role("chief", options.chief))
    elif options.worker:
        address, name = options.worker
        if "chief" in name:
            raise InvalidConfig(f"A worker's id must not hold the word chief: it makes a chief. Received {name!r}.")
        os.environ.update(role(name, address))


def _arguments(options: argparse.Namespace) -> list[str]:
    """The command again, without --processes: what each of its processes is told."""
    names = ("name", "method", "trials", "objective", "space", "failures", "factor", "iterations", "tunings")
    given = {name: getattr(options, name) for name in (*names, "data", "cache", "runs")}
    pairs = [text for name, value in given.items() if value is not None for text in (f"--{name}", str(value))]
    return [options.recipe, *pairs, *options.overrides]


def _run(options: argparse.Namespace, plan: "Plan", trials: int | None, directory: Path) -> None:
    from training.tuning.oracle import Limits
    from training.tuning.search import expected, search, work
    from training.tuning.trial import Trainer

    trainer = Trainer(options.data, options.cache, options.runs)
    if "chief" in os.environ.get("KERASTUNER_TUNER_ID", "chief"):
        limits = Limits(trials, options.failures)
        print(f"{directory}: {expected(plan, limits)}", flush=True)
        print(search(plan, directory, trainer, limits))
    else:
        work(plan, directory, trainer)
