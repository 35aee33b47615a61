"""The application: the only place that wires things."""

from functools import partial
from pathlib import Path

from fastapi import FastAPI

from lesion.keys import read_public_keys
from lesion.variant import Variant
from service import store
from service.api import documentation, health, problems, v1
from service.batcher import Batcher
from service.bundle_files import BundleFiles
from service.cpu import granted_cores
from service.exchange import Exchange
from service.lifecycle import Lifecycle
from service.limits import BodyCap
from service.metrics import Metrics
from service.predictor import Predictor, Terms, warm
from service.providers import Placement
from service.runtime import Runtime
from service.settings import Settings
from service.store import Bundle, Lanes, Store

VERSION = "0.1.0"

CACHE_FOLDER = ".cache"

# On CPU a batch buys no throughput and larger ones lose some; on GPU the opposite holds.
_MAX_BATCH = {"cpu": 4, "cuda": 32}


def create_app(settings: Settings) -> FastAPI:
    """Build the service. The model is loaded when the application starts, beside the event loop."""
    metrics = Metrics()
    models = Store(partial(prove, settings), partial(start, settings, metrics))
    lifecycle = Lifecycle(models, metrics.model)
    predictor = Predictor(
        models, max_in_flight=settings.max_in_flight, max_pixels=settings.max_pixels, terms=terms(settings)
    )
    metrics.watch(
        in_flight=lambda: predictor.in_flight,
        queue_depth=lambda: sum(model.lanes.depth for model in models.live()),
        busy=lambda: sum(model.lanes.busy for model in models.live()),
    )
    app = FastAPI(
        title="DermServe",
        version=VERSION,
        summary="Dermoscopic images to calibrated probabilities over eight diagnostic categories.",
        description="Research software, not a medical device.",
        lifespan=lifecycle.run,
        docs_url=None,
        # A redirect would name whatever host the caller claims, and plain http behind a TLS proxy.
        redirect_slashes=False,
        redoc_url=None,
    )
    app.state.lifecycle = lifecycle
    app.include_router(v1.routes(predictor, models, metrics, settings.deadline_seconds))
    app.include_router(health.routes(lifecycle, metrics))
    app.include_router(documentation.routes(app))
    app.openapi = partial(documentation.schema, app)  # type: ignore[method-assign]  # FastAPI's own way to extend it
    problems.install(app)
    # Added last is outermost.
    app.add_middleware(BodyCap, max_bytes=settings.max_body_bytes)
    app.add_middleware(Exchange, draining=lambda: lifecycle.draining_since is not None, on_failure=problems.failure)
    return app


def prove(settings: Settings, directory: Path | None = None) -> Bundle:
    """Open a bundle, by default the one the settings name, check it, and warm up every batch size it will run."""
    keys = read_public_keys(settings.public_key) if settings.public_key else None
    bundle = store.prove(
        directory or store.find(settings.models, settings.model),
        partial(_open, settings),
        keys,
        precision=settings.precision,
        objection=partial(_objection, settings.sensitivity),
    )
    warm(bundle.manifest.image)
    bundle.runtime.warm(bundle.manifest, _max_batch(settings, bundle.runtime))
    return bundle


def terms(settings: Settings) -> Terms:
    """How answers are decided, as the settings have it."""
    return Terms(settings.sensitivity, settings.prediction_set, settings.quality_gate)


def start(settings: Settings, metrics: Metrics, bundle: Bundle) -> Lanes:
    """Give a bundle its lanes."""
    return Batcher(
        bundle.runtime.run,
        lanes=settings.lanes or granted_cores(),
        max_batch=_max_batch(settings, bundle.runtime),
        on_batch=metrics.batch,
        on_skip=metrics.skipped,
    )


def _objection(sensitivity: float, variant: Variant) -> str | None:
    """Before anybody is answered: a variant that cannot promise what the operator chose would fail every request."""
    try:
        variant.decision.operating_point(sensitivity)
    except ValueError as error:
        return str(error)
    return None


def _open(settings: Settings, files: BundleFiles, variant: Variant) -> Runtime:
    lanes = settings.lanes or granted_cores()
    # Beside the versions, not within: the files of a version are exactly those that its manifest lists.
    cache = settings.cache or files.directory.absolute().parent / CACHE_FOLDER
    return Runtime(files, variant, Placement(settings.device, settings.provider, lanes, cache))


def _max_batch(settings: Settings, runtime: Runtime) -> int:
    return settings.max_batch or _MAX_BATCH[runtime.device]
