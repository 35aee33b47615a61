"""The bundle we ship first: HAM10000 on two cores in well under an hour.

    python -m training train starter --final

MobileNetV2 from ImageNet weights, modulated by the metadata, at 160 px. One epoch with the backbone frozen, then all of
it under one cosine that is let run to its end. Drawn half-balanced; logit adjustment takes the rest of the imbalance.
"""

from lesion.image import ImageSpec
from training.config import Config
from training.options.fit import Fit, Loss, Phase
from training.options.model import NONE_OF_OURS, Model
from training.options.pipeline import Augmentation, Pipeline
from training.tuning.space import Choice, LogUniform, Search, Uniform

CONFIG = Config(
    name="starter",
    summary="MobileNetV2 at 160 px with metadata, fine-tuned on HAM10000 on two CPU cores.",
    dataset="ham10000",
    splits="isic2019",
    data_statement=(
        "HAM10000 (10,015 dermoscopic images of 7,470 lesions; ViDIR Group, Medical University of Vienna; "
        "Tschandl et al., doi:10.1038/sdata.2018.161) at 200×150 px, labeled by the ISIC 2019 ground truth."
    ),
    data_license="CC BY-NC 4.0",
    image=ImageSpec(size=160),
    pipeline=Pipeline(
        batch_size=32,
        balance=0.5,
        metadata_dropout=0.1,
        augmentation=Augmentation(rotation_degrees=45, zoom=0.25, stretch=0.15, color=0.15, erase=0.5),
    ),
    model=Model(
        builder="dual",
        backbone="mobilenet_v2",
        dropout=0.4,
        weights="pretrained/mobilenet_v2_1.0_imagenet_notop.weights.h5",
        weights_saw=NONE_OF_OURS,
        weights_note="MobileNetV2 1.0, ImageNet, Google (Apache-2.0), from google-coral/test_data, dequantized",
    ),
    fit=Fit(
        phases=(
            Phase(train="head", epochs=1, learning_rate=2e-3),
            Phase(train="all", epochs=11, learning_rate=3e-4, warmup_epochs=1),
        ),
        weight_decay=5e-2,
        loss=Loss(label_smoothing=0.1),
        average=0.995,
        patience=13,
    ),
)

SEARCH = Search(
    space={
        "fit.phases.1.learning_rate": LogUniform(low=3e-5, high=3e-3, points=5),
        "fit.weight_decay": LogUniform(low=1e-4, high=3e-1, points=3),
        "fit.loss.label_smoothing": Choice(values=(0.0, 0.1, 0.2)),
        "pipeline.balance": Choice(values=(0.0, 0.5, 1.0)),
        "model.dropout": Uniform(low=0.0, high=0.6, points=3),
    }
)
