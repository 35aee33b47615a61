"""Rounds in which all ways take turns, so that a busy neighbor is every way's neighbor."""

import math
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.inference.command import Burst, Command, Engine
from benchmarks.inference.measured import Machine, Measured, Refusal, Timed
from benchmarks.inference.process import Refused, Worker
from benchmarks.inference.way import Load, Subject

BURST_SECONDS = 0.12
"""As short as a scheduler's turns allow: ways that are compared should run beside the same neighbor."""
MOST_RUNS = 200


@dataclass
class Trial:
    """One way under one load, and what its rounds took."""

    subject: Subject
    load: Load
    runs: int = 1
    bursts: list[Burst] = field(default_factory=list)

    def command(self) -> Command:
        """What a worker is told."""
        load = self.load
        return Command(self.subject.path, self.subject.way.precision, load.batch, load.lanes, load.threads, self.runs)

    def timed(self) -> Timed:
        """What the bursts come to for an image."""
        images = self.runs * self.load.lanes * self.load.batch
        return Timed(
            way=self.subject.way,
            load=self.load,
            cpu_ms=tuple(1000 * burst.cpu / images for burst in self.bursts),
            per_second=tuple(images / burst.wall for burst in self.bursts),
        )


def measure(
    subjects: Sequence[Subject], environments: Mapping[Engine, Path], rounds: int, reference_gflops: float
) -> Measured:
    """Time every subject under every load of its own. `environments`: the Python of each engine.

    What an engine refuses is told, and left out. Every other round goes backwards.
    """
    used = {subject.way.engine for subject in subjects}
    with ExitStack() as stack:
        workers = {
            engine: stack.enter_context(Worker(engine, python))
            for engine, python in environments.items()
            if engine in used
        }
        trials, refused = _prepared(subjects, workers)
        for number in range(rounds):
            print(f"round {number + 1} of {rounds}", file=sys.stderr, flush=True)
            for trial in reversed(trials) if number % 2 else trials:
                trial.bursts.append(workers[trial.subject.way.engine].time(trial.command()))
    return Measured(
        machine=Machine.here(os.cpu_count() or 1),
        rounds=rounds,
        reference_gflops=reference_gflops,
        timed=tuple(trial.timed() for trial in trials),
        refused=tuple(refused),
    )


def _prepared(subjects: Sequence[Subject], workers: Mapping[Engine, Worker]) -> tuple[list[Trial], list[Refusal]]:
    """Everything opened, warmed up, and told how many runs fill a burst; ways under the same load side by side."""
    trials, refused = [], []
    for trial in _by_load(subjects):
        try:
            burst = workers[trial.subject.way.engine].time(trial.command())
        except Refused as error:
            refusal = Refusal(way=trial.subject.way, reason=str(error))
            if refusal not in refused:
                refused.append(refusal)
        else:
            # By CPU, not by the clock: a neighbor's turn would be taken for the model's.
            each = max(burst.cpu / trial.load.lanes, BURST_SECONDS / MOST_RUNS)
            trial.runs = math.ceil(BURST_SECONDS / each)
            trials.append(trial)
    return trials, refused


def _by_load(subjects: Sequence[Subject]) -> Iterator[Trial]:
    loads = dict.fromkeys(load for subject in subjects for load in subject.loads)
    for load in loads:
        yield from (Trial(subject, load) for subject in subjects if load in subject.loads)
