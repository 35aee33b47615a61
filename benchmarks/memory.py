"""Anonymous memory (RssAnon) while a model trains for an epoch: the pixels stay in the file cache, not ours to hold."""

from pathlib import Path

import keras

from benchmarks.starvation import compiled
from lesion.image import ImageSpec
from training.loader import feed
from training.pipeline import Batches
from training.recipes.smoke import CONFIG

SAMPLES = 8


class Watched(keras.callbacks.Callback):  # type: ignore[misc] # Keras ships no types
    """Notes memory now and then."""

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.every, self.noted = max(1, steps // SAMPLES), list[float]()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:  # noqa: ARG002
        """See the class."""
        if batch % self.every == self.every - 1:
            self.noted.append(anonymous_mb())


def epoch(batches: Batches) -> dict[str, object]:
    """One epoch of a tiny model over all of it. The start is taken after the first steps, when buffers are there."""
    size = batches.pixels.shape[1]
    model = compiled(CONFIG.model_copy(update={"image": ImageSpec(size=size)}))
    watched = Watched(len(batches))
    before = anonymous_mb()
    model.fit(feed(batches, 0), steps_per_epoch=len(batches), shuffle=False, verbose=0, callbacks=[watched])
    return {
        "anonymous_memory_mb": [round(noted) for noted in watched.noted],
        "before_fit_mb": round(before),
        "growth_mb_from_first_eighth_to_end": round(watched.noted[-1] - watched.noted[0], 1),
        "images": len(batches.rows),
        "pixels": size,
        "memory_map_mb": round(batches.pixels.nbytes / 2**20),
    }


def anonymous_mb() -> float:
    """RssAnon of this process."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("RssAnon:")[1].split()[0]) / 1024
