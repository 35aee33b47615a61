"""One error in the gallery: what the model was shown, what it answered, and what speaks for that.

Pictures of patients do not go into the report's numbers: entries name them, and they are given apart.
"""

from pydantic import BaseModel, ConfigDict, Field

from training.evaluation.neighbors import Neighbor


class Term(BaseModel):
    """What one column of the metadata adds to the logit of the answered category, by itself."""

    model_config = ConfigDict(frozen=True)

    column: str
    logit: float = Field(description="Added to the logit of the answered category.")


class EvidenceMap(BaseModel):
    """Where the model sees more or less evidence for one category than it does there on average.

    The average is over the images of the part. It is large: a network that pads its maps knows where their middle is.
    """

    model_config = ConfigDict(frozen=True)

    category: str
    picture: str = Field(description="Its name among the pictures, a PNG.")
    logit: float = Field(description="Mean over the map: the logit of the category, less that of the average picture.")
    limit: float = Field(description="Logits at the ends of its colors, for (+) and against (-).")


class Entry(BaseModel):
    """One image that was answered wrong."""

    model_config = ConfigDict(frozen=True)

    image_id: str
    lesion_id: str
    picture: str = Field(description="Its name among the pictures, a JPEG: as the model saw it.")
    label: str
    answer: str = Field(description="The most probable category.")
    outcome: str | None = Field(description="What the service would have said; None without an operating point.")
    probabilities: dict[str, float] = Field(description="Calibrated, of every category, 0 to 1.")
    malignancy: float = Field(description="Sum over the malignant categories, 0 to 1.")
    malignancy_alone: float = Field(description="The same from the picture alone, nothing known of the patient.")
    margin: float | None = Field(description="Malignancy less the threshold; None without an operating point.")
    age_years: float | None
    sex: str | None
    site: str | None
    confirmation: str | None = Field(description="How the label was confirmed, in the source's words.")
    maps: tuple[EvidenceMap, ...] = Field(description="Of the answer and of the label; empty: the model has no maps.")
    terms: tuple[Term, ...] = Field(description="Of the metadata, largest first; what fusion makes of it is not here.")
    neighbors: tuple[Neighbor, ...] = Field(description="Training images that the model finds most alike.")
