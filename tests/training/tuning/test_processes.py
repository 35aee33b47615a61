import sys
from pathlib import Path

import pytest

from training.config import InvalidConfig
from training.tuning.processes import RESTARTS, Crew, role


def test_a_role_is_what_keras_tuner_reads() -> None:
    assert role("w1", "10.0.0.5:7000") == {
        "KERASTUNER_TUNER_ID": "w1",
        "KERASTUNER_ORACLE_IP": "10.0.0.5",
        "KERASTUNER_ORACLE_PORT": "7000",
    }


@pytest.mark.parametrize("address", ["7000", ":7000", "host", "host:port"])
def test_an_address_is_a_host_and_a_port(address: str) -> None:
    with pytest.raises(InvalidConfig, match=r"Expected HOST:PORT.*Received"):
        role("w1", address)


def crew(tmp_path: Path, *programs: str) -> Crew:
    commands = [[sys.executable, "-c", program] for program in programs]
    return Crew(commands, [tmp_path / f"worker-{number}.log" for number in range(len(programs))])


def test_a_worker_that_dies_is_started_again_but_not_forever(tmp_path: Path) -> None:
    dying = crew(tmp_path, "print('worked', flush=True); raise SystemExit(7)")
    dying.start()
    for _ in range(RESTARTS):
        dying.live[0].wait()
        dying.look_after()
    dying.live[0].wait()
    with pytest.raises(InvalidConfig, match=r"died 4 times, the last with status 7.*worker-0\.log"):
        dying.look_after()
    dying.end()
    assert (tmp_path / "worker-0.log").read_text().split() == ["worked"] * 4


def test_a_worker_that_is_done_is_left_in_peace_and_the_others_are_ended(tmp_path: Path) -> None:
    workers = crew(tmp_path, "", "import signal; signal.pause()")
    workers.start()
    workers.live[0].wait()
    before = list(workers.live)
    workers.look_after()
    assert workers.live == before
    workers.end()
    assert [process.returncode for process in workers.live] == [0, -15]


def test_workers_share_the_cores(tmp_path: Path) -> None:
    program = "import os; print(int(os.environ['OMP_NUM_THREADS']) >= 1)"
    workers = crew(tmp_path, program)
    workers.start()
    workers.live[0].wait()
    assert (tmp_path / "worker-0.log").read_text() == "True\n"
