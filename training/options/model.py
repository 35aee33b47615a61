"""Options of the network: which builder of `training.models`, which parts, which initial weights."""

from typing import Literal, Self

from pydantic import Field, model_validator

from training.options.part import Part

NONE_OF_OURS = "none of ours"
"""What weights saw that were trained on other pictures altogether, such as ImageNet."""
Backbone = Literal[
    "tiny",
    "compact",
    "plain",
    "condenser_a",
    "condenser_b",
    "mobilenet_v2",
    "mobilenet_v3_small",
    "efficientnet_v2_b0",
    "efficientnet_v2_b1",
    "efficientnet_v2_b2",
    "efficientnet_v2_b3",
    "convnext_tiny",
    "resnet50",
]
Fusion = Literal["modulate", "concatenate", "none"]


class Model(Part):
    """Which builder of `training.models`, and its options."""

    builder: Literal["baseline", "dual"]
    dropout: float = Field(0.3, ge=0, lt=1)
    backbone: Backbone = "mobilenet_v2"
    fusion: Fusion = Field(
        "modulate",
        description=(
            "How the metadata meets the last feature map. `modulate`: scales and shifts its channels (FiLM). "
            "`concatenate`: joined to every position, then a dense layer. `none`: the picture alone."
        ),
    )
    weights: str | None = Field(
        None,
        description=(
            "Initial weights of the backbone: a file in the data directory, `imagenet` (downloaded), `run:NAME` (of "
            "another run), or none."
        ),
    )
    weights_note: str = Field("none (random)", description="Origin and license of the initial weights, for the card.")
    weights_saw: str | None = Field(
        None,
        description=(
            "With a weights file: what it was trained on, for the leakage gate. A list that `leaks` reads, in the data "
            "directory, or `none of ours`."
        ),
    )

    @property
    def weights_run(self) -> str | None:
        """The run that the initial weights come from, if they do."""
        return self.weights.removeprefix("run:") if self.weights and self.weights.startswith("run:") else None

    @property
    def weights_file(self) -> str | None:
        """The file that the initial weights come from, if they do."""
        return None if self.weights in {None, "imagenet"} or self.weights_run else self.weights

    @model_validator(mode="after")
    def _say_what_the_weights_saw(self) -> Self:
        if self.weights_file and self.weights_saw is None:
            raise ValueError(
                f"Weights from a file ({self.weights_file}) need weights_saw: a list of the images they were trained "
                f"on, or {NONE_OF_OURS!r}."
            )
        return self
