"""What the service says about itself to Prometheus. Names and labels are documented once, here."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal, get_args

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, generate_latest
from starlette.datastructures import State

from lesion import decision
from service.batcher import SkipReason
from service.errors import Outcome, kind
from service.predictor import Prediction
from service.store import Bundle

Stage = Literal["admit", "prepare", "queue", "run", "total"]

# From a tenth of a millisecond (an empty queue) to the deadline; dense where a lone request and a busy one lie.
_SECONDS = (0.0001, 0.0005, 0.001, 0.002, 0.003, 0.005, 0.0075, 0.01, 0.015, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)
_BATCH_SIZES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 64)


class Metrics:
    """One registry for one application, so that two applications in a process do not add up."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._requests = Counter(
            "dermserve_requests", "Prediction requests, by how they ended.", ["outcome"], registry=self._registry
        )
        self._answers = Counter(
            "dermserve_answers", "Answers given, by what they came to.", ["outcome"], registry=self._registry
        )
        self._stages = Histogram(
            "dermserve_stage_seconds",
            "Time of a prediction request. admit: admission, receiving and parsing the body; queue: waiting for a "
            "lane; prepare: decoding and encoding; run: the model, the whole batch; total: all of it.",
            ["stage"],
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._batch_size = Histogram(
            "dermserve_batch_size", "Requests in one run of the model.", buckets=_BATCH_SIZES, registry=self._registry
        )
        self._skipped = Counter(
            "dermserve_skipped",
            "Queued requests that were not run, because their caller had left or their deadline had passed.",
            ["reason"],
            registry=self._registry,
        )
        self._model_info = Gauge(
            "dermserve_model_info",
            "The model that answers: 1, with what identifies it.",
            ["name", "version", "digest", "precision"],
            registry=self._registry,
        )
        # Every series exists from the start: a rate over one that appears with its first event misses that event.
        self._by_outcome = {outcome: self._requests.labels(outcome) for outcome in get_args(Outcome)}
        self._by_answer = {outcome: self._answers.labels(outcome) for outcome in get_args(decision.Outcome)}
        self._by_stage = {stage: self._stages.labels(stage) for stage in get_args(Stage)}
        self._by_reason = {reason: self._skipped.labels(reason) for reason in get_args(SkipReason)}

    @contextmanager
    def request(self, state: State) -> Iterator[None]:
        """Count one prediction request by how this block ends, and leave `outcome` in its state for the log."""
        state.outcome = "cancelled"
        try:
            yield
            state.outcome = "ok"
        except Exception as error:
            state.outcome = kind(error).outcome
            raise
        finally:
            # Left as it began, a task was cancelled from outside: the server gave up on it at its own end.
            self._by_outcome[state.outcome].inc()

    def stage(self, stage: Stage, seconds: float) -> None:
        """Record the time that a request spent in a stage."""
        self._by_stage[stage].observe(seconds)

    def prediction(self, prediction: Prediction, total_seconds: float) -> None:
        """Record what an answered request came to, and where its time went."""
        if prediction.outcome is not None:
            self._by_answer[prediction.outcome].inc()
        self.stage("queue", prediction.queue_seconds)
        self.stage("prepare", prediction.prepare_seconds)
        if prediction.decision is not None:
            self.stage("run", prediction.run_seconds)
        self.stage("total", total_seconds)

    def batch(self, size: int) -> None:
        """Record the size of a batch that ran."""
        self._batch_size.observe(size)

    def skipped(self, reason: SkipReason) -> None:
        """Count a queued request that was not run."""
        self._by_reason[reason].inc()

    def model(self, bundle: Bundle) -> None:
        """Say which model answers."""
        self._model_info.clear()
        manifest = bundle.manifest
        self._model_info.labels(manifest.name, manifest.version, bundle.digest, bundle.variant.precision).set(1)

    def watch(self, *, in_flight: Callable[[], int], queue_depth: Callable[[], int], busy: Callable[[], int]) -> None:
        """Read these when Prometheus asks."""
        gauges: tuple[tuple[str, str, Callable[[], int]], ...] = (
            ("dermserve_in_flight", "Predictions admitted and not yet answered.", in_flight),
            ("dermserve_queue_depth", "Predictions that wait for a lane.", queue_depth),
            ("dermserve_lanes_busy", "Lanes that decode or run the model.", busy),
        )
        for name, description, read in gauges:
            Gauge(name, description, registry=self._registry).set_function(read)

    def render(self) -> bytes:
        """Every metric in Prometheus' text format."""
        return generate_latest(self._registry)
