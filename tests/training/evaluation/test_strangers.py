import numpy as np

from lesion.decision import DecisionSpec, OperatingPoint
from lesion.diagnosis import CODES
from lesion.patient import MetadataSpec
from lesion.quality import QualitySpec
from tests.training.evaluation.trials import answers
from training.catalog import Record
from training.evaluation.strangers import Strangers, strangers
from training.evaluation.subject import Images, Logits, Metadata, Subject
from training.evaluation.unfamiliar import EACH, KINDS
from training.target import ISIC2019

SIDE, METADATA = 32, MetadataSpec()
OPEN = QualitySpec(size=SIDE)
POINT = OperatingPoint(sensitivity=0.95, threshold=0.5, lower_bound=0.95, lesions=100)


def nevi(images: Images, metadata: Metadata) -> Logits:
    return np.tile(8 * np.eye(len(CODES), dtype=np.float32)[CODES.index("NV")], (len(images), 1))


def found(spec: DecisionSpec) -> tuple[Strangers, ...]:
    images, metadata = np.zeros((2, SIDE, SIDE, 3), np.uint8), np.zeros((2, METADATA.width), np.float32)
    records = [Record(image_id=f"image {place:05d}", label="NV", sha256="", file="") for place in range(2)]
    asked = answers([1, 1], nevi(images, metadata), spec=spec)
    return strangers(Subject(nevi, images, metadata, records, METADATA, ISIC2019), asked, OPEN)


def test_what_is_called_not_suspicious_is_counted_for_every_kind_and_all() -> None:
    told = found(DecisionSpec(temperature=1.0, operating_points=(POINT,)))
    assert [each.kind for each in told] == [*KINDS, "all"]
    assert told[-1].pictures == EACH * len(KINDS)
    assert all((each.rejected, each.suspicious, each.reassured) == (0.0, 0.0, 1.0) for each in told)


def test_without_an_operating_point_nothing_is_said_of_what_becomes_of_them() -> None:
    """A share of 0 called harmless would read as if it were safe."""
    told = found(DecisionSpec(temperature=1.0))
    assert all(each.reassured is None and each.undetermined is None and each.suspicious is None for each in told)
    assert Strangers.model_validate_json(told[0].model_dump_json()) == told[0]
