"""A variant in another precision, added to a bundle as its next version, once it is shown to be as good as the model.

In 8 bits, convolutions are left in float32 one after another, the most fragile first, until the proof holds or too many
were left. Test, where the run has opened it, is asked once, at the end, and only told.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

import numpy as np
import onnx

from export.convert import OPSET
from export.derive import derive
from export.float16 import in_float16
from export.grader import Candidate, Graded, Grader
from export.int8 import Int8
from export.parity import golden_inputs
from export.proof import Refused
from export.sensitivity import by_harm
from export.session import Session, speed
from export.version import expect_free
from export.write import GOLDEN_FILE
from lesion.manifest import InvalidBundle, Manifest
from lesion.variant import BOUND, Device, Proof, Variant
from training.asking.bundle import Bundle

Form = Literal["int8", "float16"]
DEVICES: dict[Form, tuple[Device, ...]] = {"int8": ("cpu",), "float16": ("cuda",)}
RANGE_IMAGES, HARM_IMAGES = 512, 128
"""Training images that scales are read from, and that tell which convolutions are fragile."""
MOST_LEFT_OUT = 12
REPLAY: dict[Form, float] = {"int8": 0.25, "float16": 0.05}
"""Tolerance of the golden replay, in logits: rounding at the edge of two steps differs between processors."""
Watch = Callable[[Graded], None]
"""Told of every candidate that was graded."""


def quantize(
    bundle: Path,
    finished: Path,
    data: Path,
    cached: Path,
    form: Form,
    *,
    bound: float = BOUND,
    version: str | None = None,
    watch: Watch | None = None,
) -> Path:
    """Make the bundle's next version with a variant in `form`, proven on the data of the run it was made from.

    Raises `Refused` when no graph tried is within `bound` of the run's balanced accuracy, `InvalidBundle` when there is
    such a variant already, `InvalidData` when bundle, run and data do not belong together.
    """
    source = Bundle.open(bundle)
    if form in {variant.precision for variant in source.manifest.variants}:
        raise InvalidBundle(f"{bundle} has a variant in {form} already.")
    expect_free(bundle.absolute().parent, version)
    grader = Grader(finished, data, cached, bound)
    source.expect_made_for(grader.opened.config)
    if source.manifest.variants[0].decision != grader.model.decision:
        raise InvalidBundle(
            f"{bundle} was recalibrated: a variant calibrated on the data of {finished} would decide otherwise. "
            "Quantize the bundle that was converted, and recalibrate what comes out."
        )
    grader.expect_answers_of(Session(onnx.load(source.path)))
    graded = _first_within(_candidates(source.path, grader, form), grader, watch or (lambda _: None))
    test = grader.test(graded)
    proofs = (graded.proof,) if test is None else (graded.proof, test)
    return derive(bundle, version, lambda manifest, aside: _add(manifest, aside, form, graded, proofs))


def _candidates(path: Path, grader: Grader, form: Form) -> Iterator[Candidate]:
    """Best first: the whole graph, then without its most fragile convolutions."""
    if form == "float16":
        yield Candidate(in_float16(onnx.load(path)))
        return
    int8 = Int8(path, grader.training_images(RANGE_IMAGES))
    yield Candidate(int8.without(()))
    images = grader.training_images(HARM_IMAGES)
    expected = Session(onnx.load(path)).answers(images)
    order = [name for name, _ in by_harm(int8, expected, lambda graph: Session(graph).answers(images))]
    for count in range(1, min(MOST_LEFT_OUT, len(order) - 1) + 1):
        yield Candidate(int8.without(order[:count]), tuple(order[:count]))


def _first_within(candidates: Iterator[Candidate], grader: Grader, watch: Watch) -> Graded:
    tried: list[Proof] = []
    for candidate in candidates:
        graded = grader.grade(candidate)
        tried.append(graded.proof)
        watch(graded)
        if graded.proof.holds():
            return graded
    best = max(tried, key=lambda proof: proof.interval[0])
    raise Refused(
        f"No form of {len(tried)} tried is as good as the model. Expected a loss of balanced accuracy of at most "
        f"{grader.bound:.3f}. The best: {best.line}"
    )


def _add(manifest: Manifest, aside: Path, form: Form, graded: Graded, proofs: tuple[Proof, ...]) -> Manifest:
    """Write the graph and its golden logits beside the others, and tell of it in the manifest."""
    file = f"model.{form}.onnx"
    onnx.save(graded.candidate.graph, aside / file)
    float32 = Session(onnx.load(aside / manifest.variants[0].file))
    variant = Variant(
        file=file,
        precision=form,
        devices=DEVICES[form],
        opset=OPSET,
        ir=graded.candidate.graph.ir_version,
        speed=speed(graded.session, float32, golden_inputs(manifest.image, manifest.metadata).feed()),
        proofs=proofs,
        left_in_float32=graded.candidate.left_out,
        outputs=tuple(output.name for output in graded.candidate.graph.graph.output),
        parity=_write_golden(aside / GOLDEN_FILE, form, graded.session),
        tolerance=REPLAY[form],
        decision=graded.decision,
    )
    return manifest.model_copy(update={"variants": (*manifest.variants, variant)})


def _write_golden(file: Path, form: Form, session: Session) -> float:
    """Add what the variant answers to the golden inputs, one by one. Returns how far that is from Keras at most."""
    with np.load(file, allow_pickle=False) as golden:
        arrays = {name: golden[name] for name in golden.files}
    rows = [
        session.logits({"image": image[None], "metadata": facts[None]})
        for image, facts in zip(arrays["image"], arrays["metadata"], strict=True)
    ]
    arrays[f"logits_{form}"] = np.concatenate(rows)
    np.savez_compressed(file, **arrays)
    return float(np.abs(arrays[f"logits_{form}"] - arrays["logits"]).max())
