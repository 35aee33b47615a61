"""What a manifest promises beyond its files: categories as they are known, decisions that answer, proofs that hold."""

from typing import get_args

import numpy as np

from lesion.decision import SENSITIVITY, SetKind, decide
from lesion.golden import Golden
from lesion.manifest import ISIC2019_CLASSES, InvalidBundle, Manifest, ModelClass
from lesion.variant import Proof, Variant


def check_classes(manifest: Manifest) -> str:
    """The categories, their order and which are malignant. Raises `InvalidBundle`."""
    if manifest.classes != ISIC2019_CLASSES:
        raise InvalidBundle(
            f"The classes are not those that are served. Expected {[_told(each) for each in ISIC2019_CLASSES]}. "
            f"Received {[_told(each) for each in manifest.classes]}."
        )
    return ", ".join(each.code for each in manifest.classes)


def check_decision(golden: Golden, manifest: Manifest, variant: Variant) -> str:
    """The decision answers for the golden logits, at each sensitivity it offers. Raises `InvalidBundle`."""
    offered = variant.decision.sensitivities or (SENSITIVITY,)
    for sensitivity in offered:
        for kind in get_args(SetKind):
            try:
                with np.errstate(over="raise", invalid="raise"):
                    made = decide(
                        golden.of(variant), manifest.malignant, variant.decision, sensitivity=sensitivity, set_kind=kind
                    )
            except (ValueError, FloatingPointError) as error:
                raise InvalidBundle(f"The decision does not answer: {error}") from error
            if not np.allclose(made.probabilities.sum(axis=1), 1, atol=1e-6):
                raise InvalidBundle("The decision gives probabilities that do not sum to one.")
    return f"at sensitivity {', '.join(map(str, offered))}"


def check_proofs(manifest: Manifest, variant: Variant, bound: float) -> str:
    """Every variant but the first was graded beside it and lost no more than its bound, and than the receiver's.

    Raises `InvalidBundle`.
    """
    if variant == manifest.variants[0]:
        if variant.precision != "float32":
            raise InvalidBundle(f"The first variant must be in float32. Received {variant.precision}.")
        return "is what was evaluated"
    if not variant.proofs:
        raise InvalidBundle(f"There is no proof that {variant.precision} answers as the first variant does.")
    # The first is what it was admitted by; others, such as of test, were only asked, and may be of few lesions.
    admitted = variant.proofs[0]
    if not admitted.holds(bound):
        raise _lost(admitted, "more than the bound is not ruled out", bound)
    for proof in variant.proofs:
        if not proof.difference >= -min(proof.bound, bound):
            raise _lost(proof, "more than the bound", bound)
    return f"loses at most {max(-proof.difference for proof in variant.proofs):.2g} of balanced accuracy"


def _lost(proof: Proof, what: str, bound: float) -> InvalidBundle:
    return InvalidBundle(
        f"The loss of balanced accuracy is too large: {what}. Expected at most {min(proof.bound, bound)}. "
        f"Received {proof.line}."
    )


def _told(item: ModelClass) -> str:
    return f"{item.code} {item.name} ({'malignant' if item.malignant else 'not malignant'})"
