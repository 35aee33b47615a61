from pathlib import Path

import pytest

from benchmarks.kept import finished, folder, learn
from training.errors import InvalidData
from training.recipes.smoke import CONFIG

pytestmark = pytest.mark.tensorflow


def test_a_run_of_another_config_is_not_taken_for_this_one(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(CONFIG.model_copy(update={"seed": 1}).model_dump_json())
    for look in (lambda: finished(tmp_path, CONFIG), lambda: learn(CONFIG, tmp_path, tmp_path, tmp_path)):
        with pytest.raises(InvalidData, match="trained by another config"):
            look()


def test_other_words_are_the_same_config_and_an_interrupted_run_is_not_finished(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(CONFIG.model_copy(update={"summary": "other words"}).model_dump_json())
    (tmp_path / "decision.json").write_text("{}")
    assert finished(tmp_path, CONFIG)
    (tmp_path / "state.npz").write_bytes(b"")
    assert not finished(tmp_path, CONFIG)
    assert not finished(tmp_path / "none", CONFIG)


def test_names_make_folders(tmp_path: Path) -> None:
    assert folder(tmp_path, "compact, picture alone-64-0") == tmp_path / "runs" / "compact--picture-alone-64-0"
