"""Two processes train one run together, as two hosts would: Keras's distribution API on JAX, over the loopback."""

import csv
import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.tensorflow, pytest.mark.learning]

PHASES = [{"epochs": 6, "learning_rate": 0.005, "warmup_epochs": 1}]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(process: int, port: int, *arguments: str) -> subprocess.Popen[str]:
    environment = {
        **os.environ,
        "KERAS_BACKEND": "jax",
        "JAX_PLATFORMS": "cpu",
        "KERAS_DISTRIBUTION_JOB_ADDRESSES": f"127.0.0.1:{port}",
        "KERAS_DISTRIBUTION_NUM_PROCESSES": "2",
        "KERAS_DISTRIBUTION_PROCESS_ID": str(process),
    }
    command = [sys.executable, "-m", "training", "train", "smoke", *arguments]
    return subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def test_two_processes_learn_together_and_the_first_one_writes(drawn: Path, tmp_path: Path) -> None:
    arguments = ["--data", str(drawn), "--cache", str(tmp_path / "cache"), "--runs", str(tmp_path)]
    arguments += ["--fit.distribution", "data_parallel", "--fit.phases", json.dumps(PHASES)]
    port = free_port()
    both = [start(process, port, *arguments) for process in (0, 1)]
    told = [process.communicate(timeout=600) for process in both]
    assert [process.returncode for process in both] == [0, 0], [errors[-2000:] for _, errors in told]
    with (tmp_path / "smoke" / "history.csv").open() as file:
        history = list(csv.DictReader(file))
    assert [int(row["epoch"]) for row in history] == list(range(6))
    assert float(history[-1]["val_balanced_accuracy"]) > 0.7
    environment = json.loads((tmp_path / "smoke" / "environment.json").read_text())
    assert (environment["processes"], environment["devices"]) == (2, 2)
    assert (tmp_path / "smoke" / "report" / "card.md").is_file()
