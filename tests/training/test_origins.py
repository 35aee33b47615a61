from pathlib import Path

from training import origins
from training.config import Config
from training.options.distillation import Distillation
from training.recipes.smoke import CONFIG


def write(config: Config, run: Path) -> None:
    run.mkdir()
    (run / "config.json").write_text(config.model_dump_json())


def test_ancestors_of_ancestors_are_told_once_and_one_that_is_gone_is_named(tmp_path: Path) -> None:
    write(CONFIG.model_copy(update={"data_license": "CC BY-NC 4.0"}), tmp_path / "oldest")
    write(CONFIG.model_copy(update={"parents": ("oldest",)}), tmp_path / "teacher")
    model = CONFIG.model.model_copy(update={"weights": "run:oldest"})
    taught = Distillation(teachers=("teacher", "gone"))
    child = CONFIG.model_copy(update={"model": model, "distillation": taught})
    found = origins.of(child, tmp_path)
    assert [origin.run for origin in found] == ["oldest", "teacher", "gone"]
    assert [origin.license for origin in found] == ["CC BY-NC 4.0", "Apache-2.0", "unknown"]
    assert origins.of(CONFIG, tmp_path) == []
