"""Options of distillation: what a student takes from its teachers."""

from pydantic import Field

from training.options.part import Part


class Distillation(Part):
    """A student learns from one or more finished runs (Hinton et al. 2015), their logits averaged."""

    teachers: tuple[str, ...] = Field(min_length=1, description="Names of finished runs, beside this one.")
    temperature: float = Field(3.0, gt=0, description="Logits of both are divided by this for the soft part.")
    soft: float = Field(0.7, ge=0, le=1, description="Share of the soft part; the rest is the ordinary loss.")
    features: float = Field(
        0.0,
        ge=0,
        description="Weight of the difference of the last feature maps, through a learned projection (FitNets 2015).",
    )
