import os
from pathlib import Path

import pytest

from service.cpu import granted_cores

HERE = len(os.sched_getaffinity(0))


def cgroups(root: Path, membership: str, files: dict[str, str]) -> tuple[Path, Path]:
    for name, content in files.items():
        (root / "cgroup" / name).parent.mkdir(parents=True, exist_ok=True)
        (root / "cgroup" / name).write_text(content + "\n")
    (root / "self").write_text(membership + "\n")
    return root / "cgroup", root / "self"


@pytest.mark.parametrize(
    ("membership", "files", "cores"),
    [
        ("0::/", {"cpu.max": "max 100000"}, HERE),
        ("0::/", {"cpu.max": "100000 100000"}, 1),
        ("0::/", {"cpu.max": "150000 100000"}, 1),
        ("0::/", {"cpu.max": "20000 100000"}, 1),
        ("0::/pod/app", {"pod/cpu.max": "100000 100000", "pod/app/cpu.max": "max 100000"}, 1),
        ("0::/of/the/host", {"cpu.max": "100000 100000"}, 1),
        ("3:cpu,cpuacct:/\n1:memory:/", {"cpu,cpuacct/cpu.cfs_quota_us": "-1"}, HERE),
        (
            "3:cpu,cpuacct:/app",
            {"cpu,cpuacct/app/cpu.cfs_quota_us": "100000", "cpu,cpuacct/app/cpu.cfs_period_us": "100000"},
            1,
        ),
        ("0::/", {}, HERE),
    ],
)
def test_the_smallest_limit_holds(tmp_path: Path, membership: str, files: dict[str, str], cores: int) -> None:
    assert granted_cores(*cgroups(tmp_path, membership, files)) == cores


def test_a_system_without_cgroups_has_its_affinity(tmp_path: Path) -> None:
    assert granted_cores(tmp_path / "none", tmp_path / "none") == HERE
