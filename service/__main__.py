"""python -m service [serve]            answer over HTTP (settings: DERMSERVE_*)
python -m service predict FILE…      answer in this process, one line of JSON a file
python -m service check BUNDLE       verify a bundle and make it prove itself
python -m service openapi [FILE]     write the OpenAPI document
"""

import argparse
import asyncio
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import get_args

from pydantic import ValidationError

from lesion.image import InvalidImage
from lesion.keys import InvalidKey
from lesion.manifest import InvalidBundle
from lesion.patient import SITES, Patient, Sex
from lesion.signature import claimed_signer
from service import logs, schemas
from service.app import create_app, prove, start, terms
from service.errors import DeadlineExceeded, ModelNotFound
from service.metrics import Metrics
from service.predictor import Case, Predictor
from service.runtime import DeviceUnavailable
from service.server import serve
from service.settings import Settings, unknown
from service.store import Bundle, Store
from service.variants import Trial

USAGE_EXIT = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command. Returns the exit code."""
    options = _parser().parse_args(arguments)
    settings = _settings()
    if settings is None:
        return USAGE_EXIT
    logs.configure(settings.log_level)
    try:
        match options.command:
            case "predict":
                patient = Patient(age=options.age, sex=options.sex, site=options.site)
                return asyncio.run(_predict(settings, options.files, patient))
            case "check":
                return _check(settings, options.bundle)
            case "openapi":
                return _openapi(settings, options.file)
            case _:
                return serve(create_app(settings), settings)
    except (InvalidBundle, InvalidKey, ModelNotFound, DeviceUnavailable, OSError) as error:
        print(error, file=sys.stderr)
        return 1


def _settings() -> Settings | None:
    """The settings in the environment; None, and a line on standard error, when one is wrong or misspelt."""
    if misspelt := unknown(os.environ):
        print(f"No such setting: {', '.join(misspelt)}. Expected those of docs/service.md.", file=sys.stderr)
        return None
    try:
        return Settings()
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            name = "DERMSERVE_" + "_".join(str(part) for part in detail["loc"]).upper()
            print(f"{name}: {detail['msg']}. Received {detail['input']!r}.", file=sys.stderr)
        return None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m service", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND")
    commands.add_parser("serve", help="answer over HTTP (the default)")
    predict = commands.add_parser("predict", help="answer in this process")
    predict.add_argument("files", nargs="+", type=Path, metavar="FILE")
    predict.add_argument("--age", type=_age, help="years, 0 to 120")
    predict.add_argument("--sex", choices=get_args(Sex))
    predict.add_argument("--site", choices=SITES)
    check = commands.add_parser("check", help="verify a bundle and make it prove itself")
    check.add_argument("bundle", type=Path, metavar="BUNDLE", help="the directory of a version")
    openapi = commands.add_parser("openapi", help="write the OpenAPI document")
    openapi.add_argument("file", nargs="?", type=Path, metavar="FILE", help="default: standard output")
    return parser


def _age(text: str) -> float:
    """An age that `Patient` takes; argparse turns a ValueError into a message about the option."""
    age = Patient(age=float(text)).age
    if age is None:
        raise ValueError(f"The age is missing. Expected 0 to 120. Received {text!r}.")
    return age


async def _predict(settings: Settings, files: Sequence[Path], patient: Patient) -> int:
    metrics = Metrics()
    store = Store(lambda: prove(settings), lambda bundle: start(settings, metrics, bundle))
    store.load()
    predictor = Predictor(store, max_in_flight=1, max_pixels=settings.max_pixels, terms=terms(settings))
    code = 0
    for file in files:
        begun = monotonic()
        try:
            case = Case(file.read_bytes(), patient)
            prediction = await predictor.predict(case, begun + settings.deadline_seconds)
        except (OSError, InvalidImage, DeadlineExceeded) as error:
            print(f"{file}: {error}", file=sys.stderr)
            code = 1
            continue
        answer = schemas.PredictionAnswer.of(
            prediction, os.fsencode(file.name).decode(errors="replace"), {}, monotonic() - begun
        )
        print(answer.model_dump_json(exclude_none=True))
    store.close()
    return code


def _check(settings: Settings, directory: Path) -> int:
    bundle = prove(settings, directory)
    report = schemas.describe(bundle).model_dump(mode="json")
    report["deviation"] = bundle.deviation
    trials = {trial.variant.precision: _trial(trial) for trial in bundle.trials}
    report["variants"] = [variant | trials.get(variant["precision"], {}) for variant in report["variants"]]
    report["signature"] = _signature(bundle, directory)
    print(json.dumps(report, indent=2))
    return 0


def _trial(trial: Trial) -> dict[str, float | str | None]:
    """What came of a variant; `milliseconds` of one image, where it was timed, `obstacle` where it may not answer."""
    seconds = trial.seconds
    return {
        "deviation": trial.deviation,
        "milliseconds": None if seconds is None else round(seconds * 1000, 3),
        "obstacle": trial.obstacle,
    }


def _signature(bundle: Bundle, directory: Path) -> dict[str, str | bool] | None:
    """Who signed; `verified` is false where no public key was given, and anyone may have written it."""
    signer = bundle.signer or claimed_signer(directory)
    if signer is None:
        return None
    return {"key_id": signer.key_id, "comment": signer.comment, "verified": bundle.signer is not None}


def _openapi(settings: Settings, file: Path | None) -> int:
    document = json.dumps(create_app(settings).openapi(), indent=2, ensure_ascii=False) + "\n"
    if file is None:
        print(document, end="")
    else:
        file.write_text(document, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
