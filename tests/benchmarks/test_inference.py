"""Inference timed in small: workers, rounds, tables, and what an engine refuses."""

import io
import json
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.inference.__main__ import main
from benchmarks.inference.command import Burst, Command
from benchmarks.inference.measure import Trial, measure
from benchmarks.inference.measured import Machine, Measured, Refusal, Spread, Timed
from benchmarks.inference.process import Refused, Worker, environments
from benchmarks.inference.tables import markdown
from benchmarks.inference.way import ONE, Load, Subject, Way
from benchmarks.inference.worker import WARM_UP, Run, serve
from tests.service.bundles import write_bundle
from training.errors import InvalidData

REFERENCE = Way(model="reference", pixels=16, precision="float32", engine="onnxruntime", origin="reference")
FASTER = REFERENCE.model_copy(update={"model": "faster", "origin": "bundle"})
PAIR = Load(batch=4, lanes=2, threads=1)


def command(file: Path, **changes: int) -> Command:
    return replace(Command(str(file), "float32", batch=1, lanes=1, threads=1, runs=1), **changes)  # type: ignore[arg-type]


def timed(way: Way, load: Load, cpu_ms: tuple[float, ...], per_second: tuple[float, ...]) -> Timed:
    return Timed(way=way, load=load, cpu_ms=cpu_ms, per_second=per_second)


def measured(*rows: Timed, refused: tuple[Refusal, ...] = ()) -> Measured:
    return Measured(machine=Machine.here(2), rounds=3, reference_gflops=0.77, timed=rows, refused=refused)


def test_a_worker_opens_once_warms_up_and_runs_as_often_as_it_is_told_on_every_lane() -> None:
    opened: list[Command] = []
    runs: list[int] = []

    def open_model(told: Command) -> Run:
        opened.append(told)
        return lambda: runs.append(told.batch)

    lines = [command(Path("a"), lanes=2, runs=5), command(Path("a"), lanes=2, runs=3), command(Path("a"), batch=2)]
    answers = io.StringIO()
    serve(open_model, io.StringIO("".join(each.line() for each in lines)), answers)
    assert [each.batch for each in opened] == [1, 2]
    assert runs.count(1) == 2 * (WARM_UP + 5 + 3)
    assert runs.count(2) == WARM_UP + 1
    assert [sorted(json.loads(line)) for line in answers.getvalue().splitlines()] == [["cpu", "wall"]] * 3


def test_what_an_engine_refuses_is_told_and_the_worker_goes_on(tmp_path: Path) -> None:
    model = write_bundle(tmp_path) / "model.onnx"
    absent = tmp_path / "absent.onnx"
    with Worker("onnxruntime", Path(sys.executable)) as worker:
        with pytest.raises(Refused, match=r"absent\.onnx"):
            worker.time(command(absent))
        burst = worker.time(command(model, batch=2, lanes=2, runs=3))
    assert burst.wall > 0
    assert burst.cpu >= 0


def test_a_worker_that_ended_is_no_answer(tmp_path: Path) -> None:
    with Worker("openvino", Path(sys.executable)) as worker:
        worker._process.kill()
        worker._process.wait()
        with pytest.raises(RuntimeError, match="ended with status -9"):
            worker.time(command(tmp_path))


def test_every_way_is_timed_in_every_round_under_every_load_of_its_own(tmp_path: Path) -> None:
    path = str(write_bundle(tmp_path) / "model.onnx")
    absent = FASTER.model_copy(update={"model": "absent"})
    found = measure(
        [
            Subject(way=REFERENCE, path=path, loads=(ONE, PAIR)),
            Subject(way=FASTER, path=path, loads=(ONE,)),
            Subject(way=absent, path=str(tmp_path / "absent.onnx"), loads=(ONE, PAIR)),
        ],
        environments(None),
        rounds=2,
        reference_gflops=0.1,
    )
    assert [(each.way, each.load) for each in found.timed] == [(REFERENCE, ONE), (FASTER, ONE), (REFERENCE, PAIR)]
    assert all(len(each.cpu_ms) == len(each.per_second) == 2 for each in found.timed)
    assert all(value > 0 for each in found.timed for value in each.per_second)
    assert [each.way for each in found.refused] == [absent]
    found.write(tmp_path / "there" / "inference.json")
    assert Measured.read(tmp_path / "there" / "inference.json") == found


def test_figures_are_an_image_s_whatever_the_batch_and_lanes() -> None:
    subject = Subject(way=REFERENCE, path="", loads=(PAIR,))
    told = Trial(subject, PAIR, runs=5, bursts=[Burst(wall=2.0, cpu=4.0)]).timed()
    assert told.cpu_ms == (100.0,)  # 40 images
    assert told.per_second == (20.0,)
    assert told.latency_ms.median == pytest.approx(400)  # five runs one after the other in two seconds


def test_ratios_are_taken_within_rounds() -> None:
    reference = timed(REFERENCE, ONE, (10, 20, 30), (100, 50, 25))
    faster = timed(FASTER, ONE, (5, 5, 5), (200, 200, 200))
    assert faster.cpu_gain(reference) == Spread.of((2, 4, 6))
    assert faster.gain(reference) == Spread.of((2, 4, 8))


def test_tables_tell_every_way_and_what_was_refused() -> None:
    rows = (
        timed(REFERENCE, ONE, (10, 10, 10), (100, 100, 100)),
        timed(FASTER, ONE, (2.5, 2.5, 2.5), (400, 400, 400)),
        timed(REFERENCE, PAIR, (10, 10, 10), (200, 200, 200)),
        timed(FASTER, PAIR, (2.5, 2.5, 2.5), (500, 500, 500)),
    )
    refusal = Refusal(way=FASTER.model_copy(update={"engine": "openvino"}), reason="no such operator")
    told = markdown(measured(*rows, refused=(refusal,)))
    assert "| faster | 16 | float32 | ONNX Runtime | 2.50 (2.50–2.50) | 2.50 | 400 | 4.00 (4.00–4.00) | 4.00 |" in told
    assert "| faster, 16 px, float32, ONNX Runtime | 2 × 1 |  | 500 (×2.50) |" in told
    assert "- faster, 16 px, float32, OpenVINO was refused: no such operator" in told
    assert "One thread, by batch" not in told  # there is one batch only


def test_the_table_is_of_the_file_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "inference.json"
    measured(timed(REFERENCE, ONE, (8.1,), (124,))).write(file)
    assert main(["--table", str(file)]) == 0
    assert "| reference | 16 | float32 | ONNX Runtime | 8.10 (8.10–8.10) |" in capsys.readouterr().out
    file.write_text("{}")
    assert main(["--table", str(file)]) == 1
    assert "is not what `python -m benchmarks.inference` writes" in capsys.readouterr().err
    with pytest.raises(InvalidData, match="cannot be read"):
        Measured.read(tmp_path / "absent.json")
