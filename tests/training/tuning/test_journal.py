from pathlib import Path

from training.tuning.journal import Begun, Ended, Journal
from training.tuning.outcome import Outcome

BEGUN = Begun(trial="0000", worker="a", values={"model.dropout": 0.123456789012345, "model.fusion": 1})
ENDED = Ended(trial="0000", outcome=Outcome(status="failed", reason="the loss is nan"))


def test_events_come_back_in_order(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert list(journal.events()) == []
    journal.append(BEGUN)
    journal.append(ENDED)
    assert list(Journal(tmp_path).events()) == [BEGUN, ENDED]


def test_a_line_cut_short_by_a_crash_never_happened(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.append(BEGUN)
    whole = journal.path.read_bytes()
    for cut in range(1, len(whole)):
        journal.path.write_bytes(whole + whole[:cut])
        assert list(journal.events()) == [BEGUN]
    journal.append(ENDED)
    assert list(journal.events()) == [BEGUN, ENDED]


def test_epochs_left_by_an_attempt_are_counted(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert journal.epochs("0000") == 0
    (tmp_path / "trials" / "0000").mkdir(parents=True)
    (tmp_path / "trials" / "0000" / "history.csv").write_text("epoch,loss\n0,1.5\n1,1.2\n")
    assert journal.epochs("0000") == 2
