"""What the quality gate makes of the images of a part."""

import sys
from collections import Counter
from collections.abc import Sequence

from pydantic import BaseModel, ConfigDict, Field

from lesion.quality import QualitySpec, assess
from training.evaluation.share import Share
from training.evaluation.subject import Images

_LARGE = (sys.maxsize, sys.maxsize)


class FindingCount(BaseModel):
    """How often something was found."""

    model_config = ConfigDict(frozen=True)

    code: str
    rejected: int = Field(description="Images without an answer for it.")
    warned: int = Field(description="Images with an answer and a warning.")


class Usability(BaseModel):
    """The gate on real images: every rejection is an answer that somebody did not get."""

    model_config = ConfigDict(frozen=True)

    rejected: Share = Field(description="Images; several may show one lesion.")
    warned: Share = Field(description="Images answered with a warning.")
    findings: tuple[FindingCount, ...] = Field(description="Most frequent first; an image may have several.")


def usability(images: Images, sizes: Sequence[tuple[int, int] | None], spec: QualitySpec) -> Usability:
    """Of images uint8 (N, S, S, 3) whose files are (width, height) pixels. A size that is not known is no finding."""
    judged = [assess(image, size or _LARGE, spec) for image, size in zip(images, sizes, strict=True)]
    found = Counter((finding.code, finding.rejects) for each in judged for finding in each.findings)
    codes = sorted({code for code, _ in found}, key=lambda code: (-found[code, True] - found[code, False], code))
    return Usability(
        rejected=Share.of(sum(not each.usable for each in judged), len(judged)),
        warned=Share.of(sum(each.usable and bool(each.findings) for each in judged), len(judged)),
        findings=tuple(
            FindingCount(code=code, rejected=found[code, True], warned=found[code, False]) for code in codes
        ),
    )
