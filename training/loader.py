"""Batches to what Keras's fit takes: tf.data on TensorFlow, a PyDataset on any other backend. The same batches in both.

The stream of a training run has no end and no state: fit is told how many steps make an epoch, and a phase starts where
the last one stopped by starting at its step. (A PyDataset of one epoch would have to count epochs by Keras's
`on_epoch_end`, which is also called before the first; and fit shuffles such a one unless told not to.)
"""

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol

import keras

from training import cores

AHEAD = 2 + cores.granted()
"""Batches made before they are asked for."""


class Source(Protocol):
    """Batches by their step; several threads may ask at once."""

    def batch(self, step: int) -> Any:
        """({"image": uint8 (B, S, S, 3), "metadata": float32 (B, K)}, float32 (B, C)[, weights float32 (B,)])."""


def feed(source: Source, start: int, end: int | None = None) -> Any:
    """What `keras.Model.fit` takes on this backend: the batches of the steps from `start` to `end`, or without end."""
    return tf_data(source, start, end) if keras.backend.backend() == "tensorflow" else Stream(source, start, end)


class Stream(keras.utils.PyDataset):  # type: ignore[misc] # Keras ships no types
    """A source for any backend, made ahead by threads of its own.

    (Keras's workers would lose what its fit takes to look at before the first step: they never make a batch again.)
    """

    def __init__(self, source: Source, start: int, end: int | None = None) -> None:
        """Steps from `start` to `end`, or without end."""
        super().__init__(workers=1)
        self.source, self.start, self.end = source, start, end
        self.threads, self.ready = ThreadPoolExecutor(cores.granted()), dict[int, Future[Any]]()

    @property
    def num_batches(self) -> int | None:
        """Steps, None without end."""
        return None if self.end is None else self.end - self.start

    def __getitem__(self, index: int) -> Any:
        wanted = range(self.start + index, self.start + index + 1 + AHEAD)
        self.ready = {
            step: self.ready.get(step) or self.threads.submit(self.source.batch, step)
            for step in wanted
            if self.end is None or step < self.end
        }
        return self.ready[wanted[0]].result()


def tf_data(source: Source, start: int, end: int | None = None) -> Any:
    """A source as a tf.data.Dataset that works ahead on all cores, in order."""
    import tensorflow as tf  # noqa: PLC0415 - the one place that needs TensorFlow, whatever Keras runs on

    inputs, *others = source.batch(start)
    names, arrays = list(inputs), [*inputs.values(), *others]

    def flat(step: Any) -> list[Any]:
        given, *wanted = source.batch(int(step))
        return [*given.values(), *wanted]

    def make(step: Any) -> Any:
        made = tf.numpy_function(flat, [step], [array.dtype for array in arrays])
        # Only the last batch of a stream with an end may be smaller.
        for tensor, array in zip(made, arrays, strict=True):
            tensor.set_shape((array.shape[0] if end is None else None, *array.shape[1:]))
        return dict(zip(names, made[: len(names)], strict=True)), *made[len(names) :]

    steps = tf.data.Dataset.range(start, tf.int64.max if end is None else end)
    return steps.map(make, num_parallel_calls=cores.granted(), deterministic=True).prefetch(2)
