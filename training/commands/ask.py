"""ask: a bundle's ONNX file, or the live service, about a part of a run's data; how far they agree with the run."""

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from training.commands.options import add_directories

if TYPE_CHECKING:
    from training.asking.asked import Asked
    from training.asking.bundle import Bundle
    from training.predictions import Predictions
    from training.run import Data

MOST_IN_FLIGHT = 256


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add the command."""
    parser = commands.add_parser(
        "ask",
        help="ask a bundle, or the live service, about a part, and compare with the run",
        description="Writes RUN/predictions/<part>-onnx.npz, or <part>-service.npz with --url, grades them into "
        "RUN/report/<part>-onnx.json, and prints how far they agree with what the run itself predicted.",
    )
    parser.add_argument("finished", type=Path, metavar="RUN", help="a finished run, such as runs/starter")
    parser.add_argument("--bundle", type=Path, required=True, help="made from the run, such as models/dermoscopy/2")
    parser.add_argument("--variant", metavar="FILE", help="of the bundle (default: the one that the service runs)")
    parser.add_argument("--url", help="ask the service at this address, such as http://127.0.0.1:8000, not the file")
    parser.add_argument("--in-flight", type=_in_flight, default=8, help="requests at a time (default: 8)")
    parser.add_argument(
        "--part",
        choices=("validation", "calibration", "test"),
        default="calibration",
        help="one that the run itself has predicted (default: calibration)",
    )
    add_directories(parser)
    parser.set_defaults(run=_ask)


def _ask(options: argparse.Namespace) -> None:
    from training import predictions, run
    from training.asking.agreement import compare
    from training.asking.bundle import Bundle
    from training.finished import Finished
    from training.report.files import FOLDER

    finished = Finished.read(options.finished)
    folder = options.finished / predictions.FOLDER
    own = _own(folder / f"{options.part}.npz", options)
    bundle = Bundle.open(options.bundle, options.variant)
    bundle.expect_made_for(finished.config)
    opened = run.reopen(options.finished, options.data, options.cache)
    asked = _asked(options, bundle, opened)
    name = f"{options.part}-{'service' if options.url else 'onnx'}"
    written = folder / f"{name}.npz"
    asked.predictions.write(written)
    graded = _graded(options.finished / FOLDER / f"{name}.json", asked, bundle, opened)
    agreement = compare(own, finished.decision, asked, bundle.variant.decision, opened.target)
    print(f"{bundle.directory} ({bundle.variant.file}) beside {options.finished}, {options.part}:")
    for line in agreement.lines():
        print(f"  {line}")
    print(f"written: {written}, and the same measures as of the run: {graded}")


def _graded(file: Path, asked: "Asked", bundle: "Bundle", opened: "Data") -> Path:
    """Write the sections of report.json that predictions alone can tell."""
    from training import grading
    from training.evaluation.answers import Answers

    records = {record.image_id: record for record in opened.catalog.records}
    answers = Answers.of(asked.predictions, bundle.variant.decision, opened.target)
    told = grading.tell(answers, [records[name] for name in asked.predictions.image_id.tolist()])
    file.write_text(grading.to_json(told), encoding="utf-8")
    return file


def _own(file: Path, options: argparse.Namespace) -> "Predictions":
    from training.errors import InvalidData
    from training.predictions import Predictions

    if not file.is_file():
        raise InvalidData(
            f"{options.finished} has not predicted {options.part}: there is no {file}. "
            f"Let it: python -m training evaluate {options.finished} --part {options.part}"
        )
    return Predictions.read(file)


def _asked(options: argparse.Namespace, bundle: "Bundle", opened: "Data") -> "Asked":
    from training.asking import onnx_file, service

    part = opened.in_order(options.part)
    if options.url:
        return service.ask_at(options.url, bundle, opened.catalog, part, options.in_flight)
    return onnx_file.ask(bundle, part)


def _in_flight(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= MOST_IN_FLIGHT:
        raise argparse.ArgumentTypeError(f"expected a whole number from 1 to {MOST_IN_FLIGHT}, received {text!r}")
    return int(text)
