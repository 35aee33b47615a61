"""The pixel path against a full decode: CPU time and distance. `python -m benchmarks.pixel_path [FILE…]`.

Prints one JSON line a picture size: CPU milliseconds of `lesion.image.load` and of a full decode with the same filter,
their ratio (taken in this run, best of several rounds), and the mean absolute difference of the pixels (of 255).
"""

import argparse
import io
import json
import time
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from lesion.image import ImageSpec, Pixels, load

ROUNDS = 7
DRAWN_SIZES = ((600, 450), (1024, 768), (3072, 2304))


def full_decode(data: bytes, size: int) -> Pixels:
    """The reference: every pixel decoded, then the same antialiased bicubic filter."""
    image = Image.open(io.BytesIO(data)).convert("RGB")
    return np.asarray(image.resize((size, size), Image.Resampling.BICUBIC))


def drawn_files() -> list[bytes]:
    """Drawn lesions in the usual sizes, for where there are no real pictures."""
    from training.drawing import draw  # noqa: PLC0415 - only where it is needed

    files = []
    for size in DRAWN_SIZES:
        buffer = io.BytesIO()
        draw("MEL", size, np.random.default_rng(0)).save(buffer, "JPEG", quality=90)
        files.append(buffer.getvalue())
    return files


def cpu_ms(work: Callable[[bytes], object], files: list[bytes]) -> float:
    """CPU milliseconds a file, in the best of `ROUNDS` rounds."""
    times = []
    for _ in range(ROUNDS):
        begun = time.process_time()
        for data in files:
            work(data)
        times.append(time.process_time() - begun)
    return min(times) / len(files) * 1000


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="JPEG files (default: drawn lesions)")
    parser.add_argument("--size", type=int, default=128, help="side the model sees")
    options = parser.parse_args()
    files = [path.read_bytes() for path in options.files] or drawn_files()
    spec = ImageSpec(size=options.size)
    by_size: dict[tuple[int, int], list[bytes]] = defaultdict(list)
    for data in files:
        by_size[Image.open(io.BytesIO(data)).size].append(data)
    for (width, height), group in sorted(by_size.items()):
        distance = np.mean(
            [np.abs(load(data, spec).astype(int) - full_decode(data, spec.size)).mean() for data in group]
        )
        ours = cpu_ms(lambda data: load(data, spec), group)
        reference = cpu_ms(lambda data: full_decode(data, options.size), group)
        row = {
            "pixels": f"{width}x{height}",
            "files": len(group),
            "load_cpu_ms": round(ours, 2),
            "full_decode_cpu_ms": round(reference, 2),
            "ratio": round(ours / reference, 2),
            "mean_difference_of_255": round(float(distance), 2),
        }
        print(json.dumps(row))


if __name__ == "__main__":
    main()
