"""compare: finished runs side by side, on the images that all of them answered."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from training.errors import InvalidData

if TYPE_CHECKING:
    from training.evaluation.answers import Answers
    from training.splits import Part


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "compare",
        help="set finished runs side by side: figures, differences, intervals, p-values",
        description="Reads predictions and decision of each run; needs neither images nor models. All runs must have "
        "answered the same images.",
    )
    parser.add_argument("compared", type=Path, nargs="+", metavar="RUN", help="finished runs, such as runs/starter")
    parser.add_argument(
        "--part", choices=("calibration", "test"), default="test", help="which answers to compare (default: test)"
    )
    parser.add_argument(
        "--baseline", type=Path, metavar="RUN", help="what the others are held against (default: first)"
    )
    parser.add_argument("--out", type=Path, metavar="FILE.json", help="also write all of it there")
    parser.add_argument("--seed", type=int, default=0, help="of the draws of lesions (default: 0)")
    parser.set_defaults(run=_compare)


def _compare(options: argparse.Namespace) -> None:
    from training.evaluation.side_by_side import side_by_side, table

    runs = {run.resolve(): run for run in (options.baseline, *options.compared) if run}
    if len(runs) < 2:
        raise InvalidData(f"Expected two runs or more to compare. Received {', '.join(map(str, runs.values()))}.")
    apart = len({run.name for run in runs}) == len(runs)
    answers = {run.name if apart else str(run): _answers(run, options.part) for run in runs.values()}
    compared = side_by_side(answers, options.part, seed=options.seed)
    if options.out:
        options.out.parent.mkdir(parents=True, exist_ok=True)
        options.out.write_text(compared.model_dump_json(indent=2) + "\n", encoding="utf-8")
    print(table(compared))


def _answers(run: Path, part: "Part") -> "Answers":
    from training import predictions
    from training.evaluation.answers import Answers
    from training.finished import Finished
    from training.predictions import Predictions
    from training.target import Target

    finished = Finished.read(run)
    file = run / predictions.FOLDER / f"{part}.npz"
    if not file.is_file():
        raise InvalidData(
            f"{run} has not answered its {part} part. Expected {file}: python -m training evaluate {run} --part {part}"
        )
    return Answers.of(Predictions.read(file), finished.decision, Target.of(finished.config))
