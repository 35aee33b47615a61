"""How many cores this process may really use: the affinity mask and the cgroup quota, not the machine's count."""

import math
import os
from pathlib import Path

_CGROUPS = Path("/sys/fs/cgroup")
_MEMBERSHIP = Path("/proc/self/cgroup")


def granted_cores(cgroups: Path = _CGROUPS, membership: Path = _MEMBERSHIP) -> int:
    """Whole cores granted to this process, at least 1. A container limited to 2.5 cores has 2."""
    cores = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    for directory in _directories(cgroups, membership):
        cores = min(cores, _quota_v2(directory), _quota_v1(directory))
    return max(1, math.floor(cores))


def _directories(cgroups: Path, membership: Path) -> list[Path]:
    """Every cgroup directory that may limit us: our own group and its parents, of version 2 and of version 1's cpu."""
    found = []
    for line in _read(membership).splitlines():
        _, controllers, path = line.split(":", 2)
        mounts = ["", "unified"] if controllers == "" else [controllers] if "cpu" in controllers.split(",") else []
        for mount in mounts:
            group = Path(path.lstrip("/"))
            # In a container without its own cgroup namespace the path is the host's and only the mount's root exists.
            found += [cgroups / mount / part for part in (group, *group.parents)]
    return found


def _quota_v2(directory: Path) -> float:
    match _read(directory / "cpu.max").split():
        case [quota, period] if quota != "max":
            return int(quota) / int(period)
        case _:
            return math.inf


def _quota_v1(directory: Path) -> float:
    quota, period = _read(directory / "cpu.cfs_quota_us"), _read(directory / "cpu.cfs_period_us")
    if not quota or not period or int(quota) <= 0:  # -1 says "no quota"
        return math.inf
    return int(quota) / int(period)


def _read(path: Path) -> str:
    """Content of a kernel file, empty where this kernel or this cgroup version has none."""
    try:
        return path.read_text(encoding="ascii").strip()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return ""
