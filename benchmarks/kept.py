"""Runs of a benchmark: trained once, gone on with when interrupted, and never taken for those of another config."""

from pathlib import Path

import keras

from training import run
from training.config import Config
from training.errors import InvalidData
from training.finished import is_finished


def folder(out: Path, name: str) -> Path:
    """Of a run, by a name with any letters."""
    return out / "runs" / "".join(letter if letter.isalnum() else "-" for letter in name)


def finished(directory: Path, config: Config) -> bool:
    """Whether a config has been trained there, to the end. Raises `InvalidData` when another one was."""
    if not directory.is_dir():
        return False
    there = run.read_config(directory)
    if there.model_copy(update={"summary": config.summary}) != config:
        raise InvalidData(f"{directory} was trained by another config. Remove it, or choose another --out.")
    return is_finished(directory)


def learn(config: Config, directory: Path, data: Path, cache: Path) -> None:
    """Train unless it is done, or go on."""
    if finished(directory, config):
        return
    print(f"== {directory.name}", flush=True)
    if directory.is_dir():
        run.resume(directory, data, cache, final=False)
    else:
        run.train(config, directory, data, cache, final=False)
    keras.backend.clear_session()
