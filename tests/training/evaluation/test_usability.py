import numpy as np

from lesion.quality import Limits, QualitySpec
from training.evaluation.usability import usability

SIDE = 16
SPEC = QualitySpec(size=SIDE, least_side=Limits(warn=40, reject=20))
IMAGES = np.full((3, SIDE, SIDE, 3), 120, np.uint8)


def test_small_files_are_rejected_and_counted() -> None:
    found = usability(IMAGES, [(10, 90), (30, 90), (90, 90)], SPEC)
    assert (found.rejected.hits, found.warned.hits) == (1, 1)
    assert [(each.code, each.rejected, each.warned) for each in found.findings] == [("too_small", 1, 1)]


def test_a_size_that_is_not_known_is_no_finding() -> None:
    found = usability(IMAGES, [None, (90, 90), None], SPEC)
    assert (found.rejected.hits, found.warned.hits, found.findings) == (0, 0, ())
