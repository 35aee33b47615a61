"""A bundle's ONNX file, run by ONNX Runtime on the CPU over a part."""

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort

from training import cores
from training.asking.asked import Asked, predictions_of
from training.asking.bundle import Bundle
from training.errors import InvalidData
from training.pipeline import InOrder, Inputs


def ask(bundle: Bundle, part: InOrder) -> Asked:
    """The file's logits for every image of a part.

    Raises `InvalidData` when it cannot be opened or run, or does not answer each image with a finite number a class.
    """
    session = _open(bundle.path)
    logits = np.empty((len(part.records), len(bundle.codes)), np.float32)
    for step in range(len(part)):
        inputs, _ = part.batch(step)
        place = part.places(step)
        answers = _run(session, bundle.path, inputs)
        if answers.shape != logits[place].shape or not np.isfinite(answers).all():
            raise InvalidData(
                f"{bundle.path} must answer each image with finite logits. Expected {logits[place].shape}. Received "
                f"{answers.shape}{'' if np.isfinite(answers).all() else ', some of them not finite'}."
            )
        logits[place] = answers
    return Asked(predictions_of(part, logits))


def _open(path: Path) -> Any:
    options = ort.SessionOptions()
    options.intra_op_num_threads = cores.granted()
    # Threads that spin between runs take the time of whoever shares the cores.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3  # errors: warnings would stand between the lines of the command
    try:
        return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # ONNX Runtime raises a dozen types without a common base
        raise InvalidData(f"{path} cannot be opened by ONNX Runtime: {error}") from error


def _run(session: Any, path: Path, inputs: Inputs) -> Any:
    try:
        (answers,) = session.run(["logits"], inputs)
    except Exception as error:  # as above
        raise InvalidData(f"{path} cannot be run by ONNX Runtime: {error}") from error
    return answers
