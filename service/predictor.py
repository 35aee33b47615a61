"""The one way in: every dialect that carries an image makes a `Case` of it and asks the `Predictor`.

admit → store.get → prepare → submit → decide
"""

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from time import monotonic

import numpy as np
import numpy.typing as npt
from PIL import Image

from lesion import image
from lesion.decision import decide
from lesion.manifest import Manifest
from lesion.patient import Patient, encode
from service.errors import DeadlineExceeded, Overloaded
from service.store import Bundle, Inputs, Store


@dataclass(frozen=True)
class Case:
    """What a caller asks about: the bytes of an image file, and what is known of the patient."""

    image: bytes
    patient: Patient


@dataclass(frozen=True)
class Prediction:
    """The calibrated answer. `probabilities` float64 (C,), in the class order of the bundle that gave them."""

    bundle: Bundle
    probabilities: npt.NDArray[np.float64]
    malignancy: float
    prepare_seconds: float
    queue_seconds: float
    run_seconds: float


class Predictor:
    """Answers cases with the store's live model, at most `max_in_flight` at once."""

    def __init__(self, store: Store, *, max_in_flight: int, max_pixels: int = image.MAX_PIXELS) -> None:
        self._store = store
        self._max_in_flight = max_in_flight
        self._max_pixels = max_pixels
        self.in_flight = 0

    @contextmanager
    def admit(self) -> Iterator[None]:
        """Hold a place. Entered before any work is done for a caller, and before its body is read.

        Raises `Overloaded` when every place is taken, `NotReady` while there is no model to answer.
        """
        self._store.get()
        if self.in_flight >= self._max_in_flight:
            raise Overloaded(f"{self.in_flight} predictions are in flight. Expected fewer than {self._max_in_flight}.")
        self.in_flight += 1
        try:
            yield
        finally:
            self.in_flight -= 1

    async def predict(self, case: Case, deadline: float) -> Prediction:
        """Answer one admitted case by `deadline`, a moment of `time.monotonic()`.

        Raises `InvalidImage`, or `DeadlineExceeded`; cancelling it takes the case out of the queue.
        """
        model = self._store.get()
        bundle = model.bundle
        prepare = partial(_prepare, case, bundle.manifest, self._max_pixels)
        try:
            async with asyncio.timeout(deadline - monotonic()):
                served = await model.lanes.submit(prepare, deadline)
        except TimeoutError as error:
            raise DeadlineExceeded("The prediction was not ready within the deadline.") from error
        decision = decide(served.output[np.newaxis], bundle.manifest.malignant, bundle.variant.decision)
        return Prediction(
            bundle,
            decision.probabilities[0],
            float(decision.malignancy[0]),
            served.prepare_seconds,
            served.queue_seconds,
            served.run_seconds,
        )


def warm(spec: image.ImageSpec) -> None:
    """Decode one small picture, so that no caller pays for loading the codecs."""
    picture = io.BytesIO()
    Image.new("RGB", (spec.size, spec.size)).save(picture, "JPEG")
    image.load(picture.getvalue(), spec)


def _prepare(case: Case, manifest: Manifest, max_pixels: int) -> Inputs:
    pixels = image.load(case.image, manifest.image, max_pixels=max_pixels)
    return pixels, encode(case.patient, manifest.metadata)
