"""What is trained: our compact network from random weights, on the 28 px pictures and nothing else."""

from benchmarks.dermamnist.source import CLASSES
from lesion.image import ImageSpec
from training.config import Config
from training.options.fit import Fit, Loss, Phase
from training.options.model import Model
from training.options.pipeline import Augmentation, Pipeline

MALIGNANT = {"BCC", "MEL"}
"""`akiec` holds Bowen's disease beside actinic keratoses; no figure here depends on it."""


class SevenClasses(Config):
    """A config whose categories are DermaMNIST's own seven, not those of ISIC 2019."""

    @property
    def categories(self) -> tuple[str, ...]:
        """In MedMNIST's order."""
        return tuple(CLASSES)

    @property
    def malignant(self) -> tuple[bool, ...]:
        """Which of them are."""
        return tuple(code in MALIGNANT for code in CLASSES)


CONFIG = SevenClasses(
    name="dermamnist",
    summary="Our compact network on DermaMNIST's official split, from random weights.",
    dataset="dermamnist",
    splits="the official one, in the names of the pictures",
    data_statement="DermaMNIST (MedMNIST v2), 10,015 pictures of HAM10000 at 28 px.",
    data_license="CC BY-NC 4.0",
    # Twice the 28 px: the network's first convolution halves them again, so its first map has a place for each pixel.
    image=ImageSpec(size=56),
    pipeline=Pipeline(
        batch_size=64,
        balance=0.0,
        metadata_dropout=0.0,
        augmentation=Augmentation(rotation_degrees=30, zoom=0.15, stretch=0.1, color=0.1, erase=0.3),
    ),
    model=Model(builder="dual", backbone="compact", fusion="none", dropout=0.2),
    fit=Fit(
        phases=(Phase(epochs=30, learning_rate=3e-3, warmup_epochs=1),),
        loss=Loss(kind="cross_entropy"),
        weight_decay=5e-2,
        average=0.99,
        monitor="loss",
        patience=30,
    ),
)
