"""A fixed share of the lesions: the same ones for every run, model and machine."""

import hashlib


def holds(group: str, share: float) -> bool:
    """Whether a group of the split is among the first `share` (0…1) by the hash of its name."""
    place = int.from_bytes(hashlib.sha256(group.encode()).digest()[:8])
    return place < share * 2**64
