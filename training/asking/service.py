"""The live service, asked about a part as any caller would: the file of each image and what is known of the patient."""

import asyncio
import json
from collections.abc import Callable

import httpx
import numpy as np
from pydantic import ValidationError
from tqdm import tqdm

from lesion.decision import SENSITIVITY
from training.archive.retry import Patience, Transient, asked_wait_s
from training.asking.answer import REFERENCE, REJECTED, Answer
from training.asking.asked import Asked, predictions_of
from training.asking.bundle import Bundle
from training.catalog import Catalog, Record
from training.errors import InvalidData
from training.pipeline import InOrder

PATH = "/v1/predict"
IN_FLIGHT = 8
PATIENCE = Patience()
TIMEOUT_S = 60
"""Longer than the service takes before it gives up by itself."""
_SHOWN = 300
"""Characters of an answer nobody expected."""
Read = Callable[[Record], bytes]


def ask_at(url: str, bundle: Bundle, catalog: Catalog, part: InOrder, in_flight: int = IN_FLIGHT) -> Asked:
    """`ask` the service at an address such as http://127.0.0.1:8000. Raises `InvalidData` as well on no address."""

    async def run() -> Asked:
        limits = httpx.Limits(max_connections=in_flight)
        async with httpx.AsyncClient(base_url=url, timeout=TIMEOUT_S, limits=limits) as client:
            return await ask(client, bundle, catalog, part, in_flight)

    try:
        return asyncio.run(run())
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise InvalidData(f"Expected an address such as http://127.0.0.1:8000. Received {url}: {error}.") from error


async def ask(
    client: httpx.AsyncClient,
    bundle: Bundle,
    catalog: Catalog,
    part: InOrder,
    in_flight: int = IN_FLIGHT,
    patience: Patience = PATIENCE,
) -> Asked:
    """Ask about every image of a part, at most `in_flight` at once. A service that is busy (503) is asked again.

    Raises `InvalidData` when it cannot be reached, stays busy, refuses a request, or answers with another model.
    """
    places = asyncio.Semaphore(in_flight)
    with catalog.open_images() as read, tqdm(total=len(part.records), unit="image", disable=None) as bar:

        async def one(record: Record) -> Answer:
            async with places:
                answer = await _insist(client, bundle, record, read, patience)
            bar.update()
            return answer

        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(record)) for record in part.records]
        except ExceptionGroup as errors:
            raise errors.exceptions[0] from errors
    return _gathered([task.result() for task in tasks], bundle, part)


async def _insist(client: httpx.AsyncClient, bundle: Bundle, record: Record, read: Read, patience: Patience) -> Answer:
    image = await asyncio.to_thread(read, record)

    async def attempt() -> Answer:
        return await _ask_once(client, record, image)

    try:
        answer = await patience.insist(attempt)
    except Transient as error:
        raise InvalidData(f"The service stayed busy: {error}. Ask with fewer --in-flight, or later.") from error
    answer.expect_of(bundle, record.image_id)
    return answer


async def _ask_once(client: httpx.AsyncClient, record: Record, image: bytes) -> Answer:
    metadata = {**record.patient.model_dump(), "references": {REFERENCE: record.image_id}}
    try:
        response = await client.post(PATH, data={"metadata": json.dumps(metadata)}, files={"image": image})
    except httpx.UnsupportedProtocol:
        raise
    except httpx.TransportError as error:
        raise InvalidData(f"{client.base_url} does not answer: {error or type(error).__name__}.") from error
    if response.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        raise Transient(f"{response.status_code}: {response.text[:_SHOWN]}", asked_wait_s(response.headers))
    if response.status_code != httpx.codes.OK:
        raise InvalidData(
            f"The service did not answer about {record.image_id}. Expected 200. Received {response.status_code}: "
            f"{response.text[:_SHOWN]}"
        )
    try:
        return Answer.model_validate_json(response.content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        raise InvalidData(f"{response.url} is no service of ours: {where}: {first['msg']}.") from error


def _gathered(answers: list[Answer], bundle: Bundle, part: InOrder) -> Asked:
    """Images that were rejected as pictures carry no diagnoses: they are named and left out."""
    places = [place for place, answer in enumerate(answers) if answer.outcome != REJECTED]
    kept = [answers[place] for place in places]
    logits = np.array([answer.logits(bundle) for answer in kept]).reshape(-1, len(bundle.codes))
    outcomes = tuple(answer.outcome for answer in kept if answer.outcome is not None)
    return Asked(
        predictions_of(part, logits, places),
        outcomes=outcomes if len(outcomes) == len(kept) else None,
        sensitivity=_sensitivity(kept),
        rejected={answer.references[REFERENCE]: answer.reasons for answer in answers if answer.outcome == REJECTED},
        shift_known=all(answer.score is not None for answer in kept),
    )


def _sensitivity(answers: list[Answer]) -> float:
    """Of the operating point that all outcomes were found at."""
    given = (answer.malignancy.sensitivity for answer in answers if answer.malignancy)
    named = {sensitivity for sensitivity in given if sensitivity is not None}
    if len(named) > 1:
        raise InvalidData(f"The service changed its operating point meanwhile. Expected one. Received {sorted(named)}.")
    return next(iter(named), SENSITIVITY)
