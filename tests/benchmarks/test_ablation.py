import pytest

from benchmarks.ablation import VARIANTS, Figures, place, row, table
from training.overrides import override
from training.recipes.ablation import CONFIG

pytestmark = pytest.mark.tensorflow

ALL = {name: given for kind in VARIANTS.values() for name, given in kind.items()}


@pytest.mark.parametrize("name", ALL)
def test_a_variant_differs_from_the_recipe_and_in_nothing_but_how_it_learns(name: str) -> None:
    changed = override(CONFIG, ALL[name])
    assert (changed == CONFIG) == (name == "the recipe")
    for kept in ("dataset", "splits", "image", "target", "seed"):
        assert getattr(changed, kept) == getattr(CONFIG, kept)
    assert changed.pipeline.share == CONFIG.pipeline.share
    epochs = {sum(phase.epochs for phase in config.fit.phases) for config in (changed, CONFIG)}
    assert len(epochs) == 1, "every variant sees as many images"


def test_every_variant_has_a_folder_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> None:
    out = tmp_path_factory.mktemp("out")
    assert len({place(out, name, seed) for name in ALL for seed in (0, 1)}) == 2 * len(ALL)


def test_differences_are_between_runs_of_one_seed() -> None:
    base = {0: Figures(50.0, 80.0), 1: Figures(52.0, 80.0), 2: Figures(54.0, 80.0)}
    told = row("other", {0: Figures(51.0, 82.0), 2: Figures(56.0, 84.0), 7: Figures(99.0, 99.0)}, base)
    assert (told["seeds"], told["difference"], told["differences"]) == (2, 1.5, [1.0, 2.0])
    assert (told["balanced_accuracy"], told["malignancy_auc"]) == (53.5, 83.0)
    assert "| other | 2 | 53.5 | +1.5 (+1.0, +2.0) | 83.0 |" in table([told])
