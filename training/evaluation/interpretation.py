"""What answers rest on: evidence maps, how far they can be trusted, and the costliest errors. Needs Keras."""

from dataclasses import dataclass, replace

import keras

from training.evaluation.answers import Answers, Integers
from training.evaluation.evidence_maps import explain
from training.evaluation.explanation import Explanation
from training.evaluation.faithfulness import IMAGES, Faithfulness, Maps, chosen, faithfulness
from training.evaluation.features import features
from training.evaluation.gallery import LIMIT, Gallery, gallery
from training.evaluation.gradcam import gradcam
from training.evaluation.neighbors import Learned
from training.evaluation.position import Position, position
from training.evaluation.subject import Subject
from training.evaluation.wall import Pictures
from training.pipeline import InOrder


@dataclass(frozen=True)
class Interpretation:
    """Of the images of one part: three sections of a report, and the pictures that the gallery names.

    `position` is None where the head of the model keeps no evidence, `faithfulness` where there is no map of any kind.
    """

    position: Position | None
    faithfulness: Faithfulness | None
    gallery: Gallery
    pictures: Pictures


def interpret(
    model: keras.Model, train: InOrder, part: InOrder, answers: Answers, subject: Subject, *, seed: int = 0
) -> Interpretation:
    """Explain, measure and show. `part`, `answers` and `subject` are of the same N images in order.

    Raises `Leak` when a lesion that is shown is also among the images of `train`.
    """
    explanation = explain(model, subject.images, subject.metadata)
    learned = Learned(features(model, train), train.pixels, train.rows, train.records)
    shown, pictures = gallery(answers, subject, features(model, part), learned, explanation, LIMIT)
    return Interpretation(
        position=None if explanation is None else position(answers, explanation),
        faithfulness=_faithfulness(model, answers, subject, explanation, seed),
        gallery=shown,
        pictures=pictures,
    )


def _faithfulness(
    model: keras.Model, answers: Answers, subject: Subject, explanation: Explanation | None, seed: int
) -> Faithfulness | None:
    places = chosen(answers, IMAGES, seed)
    some, asked = answers.take(places), _taken(subject, places)
    answered = some.decision.probabilities.argmax(axis=1)
    maps: Maps = {}
    if keras.backend.backend() == "tensorflow":  # Grad-CAM needs its gradients
        maps = {"Grad-CAM": gradcam(model, asked.images, asked.metadata, answered)}
    if explanation is not None:
        relative = explanation.relative_to(explanation.evidence.mean(axis=0))
        maps = {
            "evidence beyond average": relative.take(places).maps(answered),  # what the gallery shows
            "evidence": explanation.take(places).maps(answered),
            **maps,
        }
    return faithfulness(asked, some, maps, seed=seed) if maps else None


def _taken(subject: Subject, places: Integers) -> Subject:
    return replace(
        subject,
        images=subject.images[places],
        metadata=subject.metadata[places],
        records=[subject.records[place] for place in places.tolist()],
    )
