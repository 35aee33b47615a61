"""Which variant of a model answers: of those that are proven, and prove themselves here, the fastest.

What is fast differs from machine to machine (int8 needs VNNI, float16 a GPU), so it is measured where it runs.
"""

import logging
import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from lesion.manifest import InvalidBundle
from lesion.variant import BOUND, Device, Variant
from service import logs
from service.bundle_files import BundleFiles
from service.replay import Replay
from service.runtime import DeviceUnavailable, Runtime
from service.settings import Precision

OpenRuntime = Callable[[BundleFiles, Variant], Runtime]
Objection = Callable[[Variant], str | None]
"""Why the operator's settings rule a variant out, or None."""

CLEARLY = 1.05
"""How much faster than the first variant another must be to answer in its place."""
_ROUNDS, _FEWEST_ROUNDS, _BUDGET_SECONDS = 20, 3, 0.15


@dataclass(frozen=True)
class Trial:
    """What came of a variant where the service runs. `obstacle` says why it may not answer here.

    `deviation`: how far its golden logits were off. `seconds`: for one input, where it was measured.
    """

    variant: Variant
    deviation: float | None = None
    seconds: float | None = None
    obstacle: str | None = None

    def speed(self, first: "Trial") -> float | None:
        """Images a second over those of another trial; None where either was not measured."""
        return None if self.seconds is None or first.seconds is None else first.seconds / self.seconds


@dataclass(frozen=True)
class Opened:
    """A variant that has reproduced its golden logits."""

    variant: Variant
    runtime: Runtime
    deviation: float


@dataclass(frozen=True)
class Choice:
    """The variant that answers, and what came of each. The sessions of the others are gone."""

    opened: Opened
    trials: tuple[Trial, ...]


def no_objection(_variant: Variant) -> None:
    """Anything may answer."""


@dataclass(frozen=True)
class Selection:
    """Selection(files, replay, open_runtime, objection).choose("auto")"""

    files: BundleFiles
    replay: Replay
    open_runtime: OpenRuntime
    objection: Objection = no_objection

    def choose(self, wanted: Precision) -> Choice:
        """Open, prove and time the variants of a bundle.

        Raises `InvalidBundle` when the one asked for may not answer, or the first is not what it promises, and what
        `open_runtime` raises for it.
        """
        if wanted != "auto":
            return self._fixed(self.files.manifest.variant(wanted))
        first, *others = self.files.manifest.variants
        lead = self._prove(first)
        device = lead.runtime.device
        trials = [Trial(first, lead.deviation, obstacle=self._obstacle(first, device))]
        contenders = [] if trials[0].obstacle else [lead]
        for variant in others:
            trial, opened = self._try(variant, device)
            trials.append(trial)
            contenders += [opened] if opened else []
        if not contenders:
            raise InvalidBundle(" ".join(trial.obstacle for trial in trials if trial.obstacle))
        if len(contenders) == 1:  # nothing to compare it with, and the start is not kept waiting
            return Choice(contenders[0], tuple(trials))
        seconds = _race(self.replay, contenders)
        timed = {opened.variant.file: least for opened, least in zip(contenders, seconds, strict=True)}
        return Choice(
            contenders[_fastest(seconds, first_leads=contenders[0] is lead)],
            tuple(replace(trial, seconds=timed.get(trial.variant.file)) for trial in trials),
        )

    def _fixed(self, variant: Variant) -> Choice:
        opened = self._prove(variant)
        if obstacle := self._obstacle(variant, opened.runtime.device, named=True):
            raise InvalidBundle(obstacle)
        return Choice(opened, (Trial(variant, opened.deviation),))

    def _prove(self, variant: Variant) -> Opened:
        runtime = self.open_runtime(self.files, variant)
        return Opened(variant, runtime, self.replay.deviation(variant, runtime))

    def _try(self, variant: Variant, device: Device) -> tuple[Trial, Opened | None]:
        """One that need not answer: what stands against it is logged, and the others go on."""
        obstacle = self._obstacle(variant, device)
        if obstacle is None:
            try:
                opened = self._prove(variant)
            except (InvalidBundle, DeviceUnavailable) as error:
                obstacle = str(error)
            else:
                return Trial(variant, opened.deviation), opened
        # Meant for another device, it was never to answer here: nothing to warn of.
        level = logging.WARNING if device in variant.devices else logging.INFO
        logs.write(level, "variant_passed_over", precision=variant.precision, device=device, reason=obstacle)
        return Trial(variant, obstacle=obstacle), None

    def _obstacle(self, variant: Variant, device: Device, *, named: bool = False) -> str | None:
        """Why a variant may not answer on a device, whatever it computes.

        The bound its maker set is enough where the operator named the variant; else the usual one holds.
        """
        what = f"{self.files.path(variant.file)} ({variant.precision})"
        if device not in variant.devices:
            return f"{what} is not meant for this device. Expected one of {list(variant.devices)}. Received {device}."
        if variant is not self.files.manifest.variants[0] and not variant.proofs:
            return f"{what} has no proof that it answers as the model that was evaluated. Expected one. Received none."
        if any(not proof.holds(None if named else BOUND) for proof in variant.proofs[:1]):
            return f"{what} may lose more than its bound: {variant.proofs[0].line}."
        reason = self.objection(variant)
        return None if reason is None else f"{what}: {reason}"


def _race(replay: Replay, contenders: Sequence[Opened]) -> list[float]:
    """The least time of each for one input. They take turns, so that what disturbs one disturbs all."""
    clock, least = _clock(contenders), [math.inf] * len(contenders)
    end = time.perf_counter() + _BUDGET_SECONDS
    for turn in range(_ROUNDS):
        if turn >= _FEWEST_ROUNDS and time.perf_counter() > end:
            break
        for place, opened in enumerate(contenders):
            begun = clock()
            replay.run(opened.runtime, turn)
            least[place] = min(least[place], clock() - begun)
    return least


def _clock(contenders: Sequence[Opened]) -> Callable[[], float]:
    """CPU time where the CPU computes, on the calling thread or on OpenVINO's; else the wall's."""
    providers = {opened.runtime.provider for opened in contenders}
    if providers == {"cpu"}:
        return time.thread_time
    return time.process_time if providers <= {"cpu", "openvino"} else time.perf_counter


def _fastest(seconds: Sequence[float], *, first_leads: bool) -> int:
    """Place of the fastest; the first keeps its place unless another is clearly faster."""
    best = min(range(len(seconds)), key=seconds.__getitem__)
    return 0 if first_leads and seconds[best] * CLEARLY >= seconds[0] else best
