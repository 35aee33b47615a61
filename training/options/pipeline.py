"""Options of the batches: how they are drawn, and the random views of their pictures."""

from pydantic import Field

from training.options.part import Part


class Augmentation(Part):
    """Random views that keep the label. Applied to uint8 pixels, before any rescaling."""

    flips: bool = Field(
        default=True, description="Mirror and turn by right angles (the eight symmetries of the square)."
    )
    rotation_degrees: float = Field(30.0, ge=0, le=180, description="Turn by up to this many degrees either way.")
    zoom: float = Field(0.2, ge=0, lt=1, description="Scale by 1 ± this.")
    stretch: float = Field(0.1, ge=0, lt=1, description="Change the aspect ratio by 1 ± this.")
    hair: float = Field(0.0, ge=0, le=1, description="Chance of drawn hairs.")
    ruler: float = Field(0.0, ge=0, le=1, description="Chance of the ticks of a ruler, drawn along a border.")
    color: float = Field(0.1, ge=0, lt=1, description="Brightness, contrast and each channel's gain by 1 ± this.")
    blur_pixels: float = Field(0.0, ge=0, le=8, description="Blur by a Gaussian of up to this standard deviation.")
    blur_chance: float = Field(0.5, ge=0, le=1, description="Chance of the blur.")
    erase: float = Field(0.0, ge=0, lt=1, description="Gray out, every other time, a square of up to this share of S.")
    mixup: float = Field(
        0.0, ge=0, description="Blend pictures and targets by a share from Beta(this, this); 0: never."
    )
    cutmix: float = Field(
        0.0,
        ge=0,
        description="Paste a rectangle of another picture, its area a share from Beta(this, this). 0: never.",
    )
    on_device: bool = Field(
        default=False,
        description=(
            "Flips, rotation, zoom, stretch, color, blur and erasing as Keras layers where the model runs. Hair, "
            "ruler, mixup and cutmix stay on the host, before them."
        ),
    )


class Pipeline(Part):
    """How batches are drawn from the training split."""

    batch_size: int = Field(32, ge=1)
    share: float = Field(
        1.0,
        gt=0,
        le=1,
        description=(
            "Share of the training part's lesions to learn from, the same ones in every run. All else stays whole."
        ),
    )
    balance: float = Field(0.5, ge=0, le=1, description="0: as the data is; 1: every category equally often.")
    metadata_dropout: float = Field(0.1, ge=0, lt=1, description="Chance of each field to be hidden, for each image.")
    augmentation: Augmentation | None = Augmentation()
