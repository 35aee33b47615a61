"""On what a run computes: precision, and how batches are shared out over devices and hosts."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import keras

from training.config import InvalidConfig
from training.options.fit import Fit

PROCESSES, PROCESS = "KERAS_DISTRIBUTION_NUM_PROCESSES", "KERAS_DISTRIBUTION_PROCESS_ID"
"""Keras's own variables, set on every host beside KERAS_DISTRIBUTION_JOB_ADDRESSES."""


@dataclass(frozen=True)
class Place:
    """Of one process among all that train a run together; `devices` are those of all of them."""

    process: int = 0
    processes: int = 1
    devices: int = 1

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes."""
        return self.process == 0


def leads() -> bool:
    """Whether this process writes, and tells a person what came of the run."""
    return int(os.environ.get(PROCESS, "0")) == 0


@contextmanager
def prepared(options: Fit) -> Iterator[Place]:
    """Models built inside compute in the configured precision, on the configured devices.

    Raises `InvalidConfig` when the backend cannot share batches out.
    """
    before = keras.config.dtype_policy(), keras.distribution.distribution()
    keras.config.set_dtype_policy(options.precision)
    place = Place()
    try:
        if options.distribution == "data_parallel":
            place = _data_parallel()
        yield place
    finally:
        keras.config.set_dtype_policy(before[0])
        keras.distribution.set_distribution(before[1])


def _data_parallel() -> Place:
    if keras.backend.backend() != "jax":
        raise InvalidConfig(
            f"data_parallel needs Keras's JAX backend (KERAS_BACKEND=jax). Received {keras.backend.backend()}."
        )
    processes = int(os.environ.get(PROCESSES, "1"))
    if processes > 1:
        keras.distribution.initialize()
    # Every process is given its own part of each batch already: `training.shards`.
    keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))
    return Place(int(os.environ.get(PROCESS, "0")), processes, len(keras.distribution.list_devices()))
