"""What a person sees while a run trains: a bar with images/s and time left, and a line an epoch that stays."""

import time
from typing import Any

import keras
from tqdm import tqdm

BAR = "{desc} {percentage:3.0f}%|{bar:20}| {postfix}"


class Progress(keras.callbacks.Callback):  # type: ignore[misc] # Keras ships no types
    """To standard error. Images/s are of training alone; the time left is for the whole run, validation included."""

    def __init__(self, batch_size: int, steps: int, epochs: int) -> None:
        """`steps` an epoch; `epochs` of all phases, of which some may have ended before."""
        super().__init__()
        self.batch_size, self.steps, self.epochs = batch_size, steps, epochs
        self.first: int | None = None

    def on_epoch_begin(self, epoch: int, _logs: object = None) -> None:
        """Open the epoch's bar."""
        self.begun = time.monotonic()
        if self.first is None:
            self.first, self.started = epoch, self.begun
        self.epoch = epoch
        self.bar = tqdm(total=self.steps, desc=f"epoch {epoch + 1}/{self.epochs}", bar_format=BAR, leave=False)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        """Move the bar."""
        self.trained = time.monotonic()
        done = batch + 1
        speed = done * self.batch_size / max(self.trained - self.begun, 1e-9)
        loss = float((logs or {}).get("loss", float("nan")))
        self.bar.set_postfix_str(
            f"{speed:.0f} images/s, {tqdm.format_interval(self._left(done))} left, loss {loss:.3f}", refresh=False
        )
        self.bar.update(done - self.bar.n)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        """Leave a line."""
        self.bar.close()
        speed = self.steps * self.batch_size / max(self.trained - self.begun, 1e-9)
        told = ", ".join(f"{name} {float(value):.3f}" for name, value in (logs or {}).items())
        left = tqdm.format_interval(self._left(0, ended=1))
        tqdm.write(f"epoch {epoch + 1}/{self.epochs}: {told} ({speed:.0f} images/s, {left} left)", file=self.bar.fp)

    def _left(self, done: int, ended: int = 0) -> float:
        """Seconds, by the pace so far."""
        made = self.epoch - (self.first or 0) + ended + done / self.steps
        elapsed = time.monotonic() - self.started
        return elapsed / max(made, 1e-9) * (self.epochs - (self.first or 0) - made)
