"""The one way in: every dialect that carries an image makes a `Case` of it and asks the `Predictor`.

admit → store.get → prepare (decode, quality, encode) → submit → decide
"""

import asyncio
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from time import monotonic

import numpy as np
from PIL import Image

from lesion import image
from lesion.decision import SENSITIVITY, SET_KIND, Decision, Outcome, SetKind, decide
from lesion.manifest import Manifest
from lesion.patient import Patient, encode
from lesion.quality import Quality, assess
from service.errors import DeadlineExceeded, Overloaded
from service.store import Bundle, Inputs, Store


@dataclass(frozen=True)
class Case:
    """What a caller asks about: the bytes of an image file, and what is known of the patient."""

    image: bytes
    patient: Patient


@dataclass(frozen=True)
class Terms:
    """How an operator wants answers decided: see `service.settings`."""

    sensitivity: float = SENSITIVITY
    set_kind: SetKind = SET_KIND
    quality_gate: bool = True


@dataclass(frozen=True)
class Prediction:
    """The calibrated answer to one case, in the class order of the bundle that gave it.

    `decision` holds one row; None where the picture was rejected. `quality` is None where the bundle asks for none.
    """

    bundle: Bundle
    decision: Decision | None
    terms: Terms
    quality: Quality | None
    prepare_seconds: float
    queue_seconds: float
    run_seconds: float

    @property
    def outcome(self) -> Outcome | None:
        """What the answer comes to; None where the bundle has no operating points."""
        if self.decision is None:
            return "rejected"
        return self.decision.outcome[0] if self.decision.outcome else None


class Rejected(Exception):
    """The picture may not be answered for. Raised in the lane, so that it takes no place in a batch."""

    def __init__(self, quality: Quality, prepare_seconds: float) -> None:
        super().__init__()
        self.quality = quality
        self.prepare_seconds = prepare_seconds


class Predictor:
    """Answers cases with the store's live model, at most `max_in_flight` at once."""

    def __init__(
        self, store: Store, *, max_in_flight: int, max_pixels: int = image.MAX_PIXELS, terms: Terms | None = None
    ) -> None:
        self._store = store
        self._max_in_flight = max_in_flight
        self._max_pixels = max_pixels
        self._terms = terms or Terms()
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
        model, begun = self._store.get(), monotonic()
        bundle, terms = model.bundle, self._terms
        preparation = Preparation(case, bundle.manifest, self._max_pixels, reject=terms.quality_gate)
        try:
            async with asyncio.timeout(deadline - monotonic()):
                served = await model.lanes.submit(preparation, deadline)
        except TimeoutError as error:
            raise DeadlineExceeded("The prediction was not ready within the deadline.") from error
        except Rejected as rejected:
            # Its trace leads to the lane's frames, these to the batch, and that to the exception: a circle, in which
            # the files of a whole batch would lie until the garbage collector comes by.
            rejected.with_traceback(None)
            queue_seconds = max(monotonic() - begun - rejected.prepare_seconds, 0.0)
            return Prediction(bundle, None, terms, rejected.quality, rejected.prepare_seconds, queue_seconds, 0.0)
        decision = decide(
            served.output[np.newaxis],
            bundle.manifest.malignant,
            bundle.variant.decision,
            sensitivity=terms.sensitivity,
            set_kind=terms.set_kind,
        )
        return Prediction(
            bundle,
            decision,
            terms,
            preparation.quality,
            served.prepare_seconds,
            served.queue_seconds,
            served.run_seconds,
        )


class Preparation:
    """A case to the model's inputs, called once in a lane; its `quality` is there to read afterwards."""

    def __init__(self, case: Case, manifest: Manifest, max_pixels: int, *, reject: bool) -> None:
        self._case, self._manifest, self._max_pixels, self._reject = case, manifest, max_pixels, reject
        self.quality: Quality | None = None

    def __call__(self) -> Inputs:
        """Decode, look at the picture, encode. Raises `InvalidImage`, or `Rejected`."""
        begun = monotonic()
        loaded = image.read(self._case.image, self._manifest.image, max_pixels=self._max_pixels)
        if self._manifest.quality is not None:
            self.quality = assess(loaded.pixels, loaded.size, self._manifest.quality)
            if self._reject and not self.quality.usable:
                raise Rejected(self.quality, monotonic() - begun)
        return loaded.pixels, encode(self._case.patient, self._manifest.metadata)


def warm(spec: image.ImageSpec) -> None:
    """Decode one small picture, so that no caller pays for loading the codecs."""
    picture = io.BytesIO()
    Image.new("RGB", (spec.size, spec.size)).save(picture, "JPEG")
    image.load(picture.getvalue(), spec)
