"""A shorter run of the same shape: what Hyperband gives to many before it gives more to few.

Every budget gets its whole schedule: warm-up and decay shrink with their phase, so that a short run ends as a long one
does, at a low rate, and runs of one budget can be compared. Needs no Keras.
"""

from training.config import Config
from training.options.fit import Phase


def total(config: Config) -> int:
    """Epochs of all phases."""
    return sum(phase.epochs for phase in config.fit.phases)


def scaled(config: Config, epochs: int) -> Config:
    """The config with its phases shrunk to so many epochs altogether.

    Every phase keeps an epoch and the rest is shared out in proportion. With fewer epochs than phases the longest stay.
    """
    if epochs >= total(config):
        return config
    phases = config.fit.phases
    longest = sorted(range(len(phases)), key=lambda place: -phases[place].epochs)[:epochs]
    kept = [phases[place] for place in sorted(longest)]
    extra = _shared_out(epochs - len(kept), [phase.epochs - 1 for phase in kept])
    shorter = tuple(_shortened(phase, 1 + more) for phase, more in zip(kept, extra, strict=True))
    return config.model_copy(update={"fit": config.fit.model_copy(update={"phases": shorter})})


def _shortened(phase: Phase, epochs: int) -> Phase:
    warmup = round(phase.warmup_epochs * epochs / phase.epochs, 3)
    return phase.model_copy(update={"epochs": epochs, "warmup_epochs": warmup})


def _shared_out(count: int, weights: list[int]) -> list[int]:
    """`count` in whole shares proportional to `weights`, the largest remainders rounded up."""
    if count == 0:
        return [0] * len(weights)
    exact = [count * weight / sum(weights) for weight in weights]
    shares = [int(share) for share in exact]
    by_remainder = sorted(range(len(weights)), key=lambda place: shares[place] - exact[place])
    for place in by_remainder[: count - sum(shares)]:
        shares[place] += 1
    return shares
