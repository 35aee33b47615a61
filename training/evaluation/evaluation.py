"""All that is known of a graded model, in one value: report.json, which the page and the card are drawn from."""

from datetime import date
from pathlib import Path
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from lesion.decision import DecisionSpec
from training.errors import InvalidData
from training.evaluate import Report
from training.evaluation.calibration_error import Calibration
from training.evaluation.classification import Classification
from training.evaluation.confusions import Confusions
from training.evaluation.coverage import Coverage
from training.evaluation.decision_curve import DecisionCurve
from training.evaluation.faithfulness import Faithfulness
from training.evaluation.gallery import Gallery
from training.evaluation.label_errors import LabelErrors
from training.evaluation.operating import Operating
from training.evaluation.position import Position
from training.evaluation.provenance import Provenance
from training.evaluation.ranking import Ranking
from training.evaluation.selective import Selective
from training.evaluation.shortcuts import Shortcuts
from training.evaluation.strangers import Strangers
from training.evaluation.subgroups import Subgroups
from training.evaluation.usability import Usability
from training.splits import Part

VERSION: Literal[1] = 1


class Evaluation(BaseModel):
    """One model on one part of its data. A section that was not asked for is None.

    Shares and probabilities are 0 to 1; intervals are 95 %.
    """

    model_config = ConfigDict(frozen=True)

    schema_version: Literal[1] = VERSION
    created: date = Field(description="Day of the grading.")
    git_revision: str = Field(description="Of the code that graded.")
    part: Part = Field(description="What was graded on. Thresholds and sets of the decision were set on `calibration`.")
    training_images: int
    provenance: Provenance
    decision: DecisionSpec = Field(description="How logits were read.")
    reports: dict[str, Report] = Field(description="The same answers over groupings of the categories, finest first.")
    classification: Classification | None = None
    ranking: Ranking | None = None
    calibration: Calibration | None = None
    operating: Operating | None = None
    decision_curve: DecisionCurve | None = None
    coverage: tuple[Coverage, ...] | None = None
    selective: Selective | None = None
    usability: Usability | None = None
    strangers: tuple[Strangers, ...] | None = None
    subgroups: Subgroups | None = None
    shortcuts: Shortcuts | None = None
    gallery: Gallery | None = None
    confusions: Confusions | None = None
    label_errors: LabelErrors | None = None
    faithfulness: Faithfulness | None = None
    position: Position | None = None

    @classmethod
    def read(cls, path: Path) -> Self:
        """Read report.json. Raises `InvalidData` when it is absent, or of another version of this program."""
        try:
            return cls.model_validate_json(path.read_bytes())
        except OSError as error:
            raise InvalidData(f"There is no report at {path}: {error.strerror}.") from error
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "report"
            raise InvalidData(
                f"{path} is no report of schema version {VERSION}: {where}: {first['msg']}. "
                f"Make it anew: python -m training evaluate RUN"
            ) from error
