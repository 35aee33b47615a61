"""A process that times one engine: `python -m benchmarks.inference.worker ENGINE`, commands in, seconds out.

Each engine has a process of its own, so that its threads and its CPU time are nobody else's, and its own environment:
OpenVINO's holds nothing of ours but this. A command that the engine refuses is answered with its reason.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from importlib import import_module
from typing import TextIO

from benchmarks.inference.command import Burst, Command

Run = Callable[[], object]
"""One run of an opened model on a batch that is there already."""
WARM_UP = 2


def serve(open_model: Callable[[Command], Run], commands: TextIO, answers: TextIO) -> None:
    """Answer commands until there are no more. Models stay open."""
    opened: dict[Command, Run] = {}
    for line in commands:
        command = Command.read(line)
        kind = replace(command, runs=0)
        try:
            if kind not in opened:
                opened[kind] = open_model(command)
                _burst(opened[kind], command.lanes, WARM_UP)
            answer = asdict(_burst(opened[kind], command.lanes, command.runs))
        except Exception as error:  # noqa: BLE001 (engines raise many types; the reason is passed on, and told there)
            answer = {"refused": f"{type(error).__name__}: {' '.join(str(error).split())}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


def _burst(run: Run, lanes: int, runs: int) -> Burst:
    def lane(_: int) -> None:
        for _ in range(runs):
            run()

    with ThreadPoolExecutor(lanes) as pool:
        wall, cpu = time.perf_counter(), time.process_time()
        list(pool.map(lane, range(lanes)))
        return Burst(time.perf_counter() - wall, time.process_time() - cpu)


def main() -> None:
    """Serve the engine that is named."""
    # Libraries print to standard output as they like: the answers take it for themselves, prints go to standard error.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    engine = import_module(f"benchmarks.inference.{sys.argv[1]}_engine")
    serve(engine.open_model, sys.stdin, answers)


if __name__ == "__main__":
    main()
