"""The table of docs/models.md is what its command counts."""

import pytest

from benchmarks.costs import NETWORKS, SIZES, latencies, operations
from tests.paths import ROOT

pytestmark = pytest.mark.tensorflow

QUICK = {"baseline", "tiny", "compact", "plain", "condenser_b"}


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=[] if name in QUICK else [pytest.mark.learning]) for name in NETWORKS]
)
def test_the_docs_say_what_a_network_costs(name: str) -> None:
    assert operations(name, SIZES) in (ROOT / "docs" / "models.md").read_text(encoding="utf-8").splitlines()


def test_latency_is_of_the_converted_network() -> None:
    (line,) = latencies(["tiny"], [32])
    assert float(line.strip("|").split("|")[1]) > 0
