"""What `plain` starts from: the same network on all of ISIC 2019 at 84 px, the only size at which all of it is at hand.

    python -m training train plain84

It sees two and a half times the training images of HAM10000, from more clinics, blurred. Of the committed split it sees
the training part alone, so a run that goes on from it may be graded on any data set of ours.
"""

from lesion.image import ImageSpec
from training.config import Config
from training.options.fit import Fit, Loss, Phase
from training.options.model import Model
from training.options.pipeline import Augmentation, Pipeline
from training.recipes import compact

CONFIG = Config(
    name="plain84",
    summary="Our plain network at 84 px with metadata, trained from random weights on ISIC 2019.",
    dataset="isic2019_84",
    splits="isic2019",
    data_statement=(
        "ISIC 2019 (25,331 dermoscopic images: HAM10000, BCN_20000 and MSK; doi:10.1038/sdata.2018.161, "
        "arXiv:1902.03368, arXiv:1908.02288) at 84×84 px."
    ),
    data_license="CC BY-NC 4.0",
    image=ImageSpec(size=84),
    pipeline=Pipeline(
        batch_size=64,
        balance=0.5,
        metadata_dropout=0.1,
        augmentation=Augmentation(rotation_degrees=45, zoom=0.2, stretch=0.1, color=0.1, erase=0.3),
    ),
    model=Model(builder="dual", backbone="plain", dropout=0.2),
    fit=Fit(
        phases=(Phase(epochs=14, learning_rate=2e-3, warmup_epochs=1),),
        loss=Loss(label_smoothing=0.1),
        weight_decay=5e-2,
        average=0.99,
        patience=14,
    ),
)

SEARCH = compact.SEARCH
