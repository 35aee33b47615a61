"""How many cores this process may use."""

import os


def granted() -> int:
    """Cores the process is allowed on, where the system says; all there are elsewhere."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
