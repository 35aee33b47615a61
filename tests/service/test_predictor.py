import asyncio
import threading
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from time import monotonic

import numpy as np
import pytest

from lesion.image import InvalidImage
from lesion.patient import Patient
from service.app import prove
from service.batcher import Batcher
from service.errors import DeadlineExceeded, NotReady, Overloaded
from service.predictor import Case, Predictor
from service.runtime import Logits
from service.settings import Settings
from service.store import Bundle, Inputs, Lanes, Store
from tests.service.pictures import picture

pytestmark = pytest.mark.anyio


def stuck(opened: threading.Event, bundle: Bundle) -> Lanes:
    """One lane whose run waits."""

    def run(inputs: Sequence[Inputs]) -> Logits:
        assert opened.wait(30)
        return bundle.runtime.run(inputs)

    return Batcher(run, lanes=1, max_batch=1)


def free(bundle: Bundle) -> Lanes:
    return Batcher(bundle.runtime.run, lanes=1, max_batch=1)


async def test_predicts_what_the_model_and_the_decision_say(models: Path) -> None:
    store = Store(partial(prove, Settings(models=models)), free)
    bundle = store.load()
    prediction = await Predictor(store, max_in_flight=1).predict(Case(picture(), Patient()), monotonic() + 10)
    store.close()
    assert prediction.bundle is bundle
    assert prediction.decision is not None
    probabilities = prediction.decision.probabilities[0]
    assert probabilities.sum() == pytest.approx(1)
    malignant = probabilities[np.asarray(bundle.manifest.malignant)].sum()
    assert prediction.decision.malignancy[0] == pytest.approx(malignant)
    assert prediction.outcome is None  # this bundle has a temperature and no more


async def test_a_bad_image_fails_alone(models: Path) -> None:
    store = Store(partial(prove, Settings(models=models)), free)
    store.load()
    predictor = Predictor(store, max_in_flight=9)
    cases = [predictor.predict(Case(data, Patient()), monotonic() + 10) for data in (picture(), b"no", picture(1))]
    one, bad, two = await asyncio.gather(*cases, return_exceptions=True)
    store.close()
    assert isinstance(bad, InvalidImage)
    assert not isinstance(one, BaseException)
    assert not isinstance(two, BaseException)


async def test_an_answer_that_comes_too_late_is_given_up(models: Path) -> None:
    opened = threading.Event()
    store = Store(partial(prove, Settings(models=models)), partial(stuck, opened))
    store.load()
    with pytest.raises(DeadlineExceeded):
        await Predictor(store, max_in_flight=1).predict(Case(picture(), Patient()), monotonic() + 0.01)
    opened.set()
    store.close()


async def test_admission_is_bounded_and_needs_a_model(models: Path) -> None:
    store = Store(partial(prove, Settings(models=models)), free)
    predictor = Predictor(store, max_in_flight=2)
    with pytest.raises(NotReady), predictor.admit():
        pass
    store.load()
    with predictor.admit(), predictor.admit():
        assert predictor.in_flight == 2
        with pytest.raises(Overloaded, match="Expected fewer than 2"), predictor.admit():
            pass
    assert predictor.in_flight == 0
    store.close()
