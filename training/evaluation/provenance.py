"""What a graded model is and what it was made of: all that a report says besides its figures."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, Field

from lesion.diagnosis import CATEGORIES
from training import origins
from training.catalog import Catalog, Record
from training.config import Config
from training.datareport.words import listed, plural
from training.evaluation.recipe_words import recipe_words
from training.run_files import ENVIRONMENT_FILE
from training.splits import PARTS, Part, Splits, keys
from training.target import Target

_COMPARED = ("lesion", "patient", "file")


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True)


class Class(_Part):
    """One of the answers."""

    code: str
    name: str
    malignant: bool


class Ancestor(_Part):
    """A run that was learned from."""

    run: str
    statement: str
    license: str


class PartCount(_Part):
    """One part of the split."""

    part: Part
    images: int
    lesions: int = Field(description="Groups of lesion, patient or picture that the split keeps together.")
    labels: dict[str, int] = Field(description="Images of each category, those present.")
    without: dict[str, int] = Field(description="Images that lack age, sex, site or the confirmation of the label.")


class Gate(_Part):
    """The leakage gate: no lesion, patient, file or near-duplicate picture lies in two parts."""

    split: str = Field(description="Name of the split.")
    groups: int = Field(description="Groups of one lesion, patient or picture, which the split keeps together.")
    compared: dict[str, int] = Field(description="Different lesions, patients and files that images name, by kind.")
    divided: int = Field(description="Those of `compared` in several parts: 0, or nothing would have been graded.")

    @property
    def told(self) -> str:
        """The result in words: `Of 7,470 lesions and 10,013 files none lies in two parts`."""
        looked = listed([plural(count, kind) for kind, count in self.compared.items()])
        return f"Of {looked} {'none lies' if not self.divided else f'{self.divided} lie'} in two parts"


class Provenance(_Part):
    """Where the model and the images it was graded on come from."""

    run: str
    recipe: str
    summary: str
    architecture: str
    image_pixels: int = Field(description="Side of the square that the model sees.")
    reads_metadata: bool = Field(description="Age, sex and site, each of which may be missing.")
    classes: tuple[Class, ...] = Field(description="In class order.")
    categories: tuple[Class, ...] = Field(description="By label; those of `classes` unless only malignancy is told.")
    dataset: str = Field(description="Name of the folder that the images lie in.")
    data: str
    license: str = Field(description="Of the data that this run itself learned from.")
    initial_weights: str
    pretrained: str | None = Field(description="What the initial weights are, by name; None: random ones.")
    ancestors: tuple[Ancestor, ...]
    parts: tuple[PartCount, ...]
    gate: Gate
    sources: dict[str, int] = Field(description="Images of each source, most first.")
    confirmations: dict[str, int] = Field(description="Images by how their label was confirmed, most first.")
    training: dict[str, str] = Field(description="How it was trained, in words.")
    environment: dict[str, str] = Field(description="Code, backend, seed and hashes of what it was trained on.")
    packages: dict[str, str] = Field(description="Their versions, in training.")

    @classmethod
    def of(cls, run: Path, config: Config, catalog: Catalog, splits: Splits) -> Self:
        """Of a run's folder and the data that has passed the gate. Raises `OSError` without its environment.json."""
        records = [record for record in catalog.records if splits.parts[record.image_id] in PARTS]
        named = _categories(config)
        target = Target.of(config)
        environment = json.loads((run / ENVIRONMENT_FILE).read_text(encoding="utf-8"))
        packages = environment.pop("packages")
        environment = {name: str(value) for name, value in environment.items()}
        told = [(record, splits.parts[record.image_id]) for record in records]
        return cls(
            run=run.name,
            recipe=config.name,
            summary=config.summary,
            architecture=_architecture(config),
            image_pixels=config.image.size,
            reads_metadata=config.model.builder != "dual" or config.model.fusion != "none",
            classes=named if target.kind == "category" else _malignancy(target),
            categories=named,
            dataset=config.dataset,
            data=config.data_statement,
            license=config.data_license,
            initial_weights=config.model.weights_note,
            pretrained=_pretrained(config),
            ancestors=tuple(
                Ancestor(run=each.run, statement=each.statement, license=each.license)
                for each in origins.of(config, run.parent)
            ),
            parts=tuple(_count(part, [record for record, own in told if own == part], splits) for part in PARTS),
            gate=_gate(records, splits, config.splits),
            sources=dict(Counter(record.source or "not stated" for record in records).most_common()),
            confirmations=dict(Counter(record.confirmation or "not stated" for record in records).most_common()),
            training=recipe_words(config),
            environment=environment,
            packages=packages,
        )

    @property
    def licenses(self) -> tuple[str, ...]:
        """Of all data learned from, each once."""
        return tuple(dict.fromkeys([self.license, *(each.license for each in self.ancestors)]))


def _pretrained(config: Config) -> str | None:
    weights = config.model.weights
    if weights is None:
        return None
    return (
        f"{config.model.backbone}-imagenet"
        if weights == "imagenet"
        else Path(weights.removeprefix("run:")).name.split(".weights")[0]
    )


def _categories(config: Config) -> tuple[Class, ...]:
    names = {each.code: each.name for each in CATEGORIES} | {each.code: each.name for each in config.extra_categories}
    return tuple(
        Class(code=code, name=names[code], malignant=malignant)
        for code, malignant in zip(config.categories, config.malignant, strict=True)
    )


def _malignancy(target: Target) -> tuple[Class, ...]:
    told = zip(target.classes, target.malignant_classes, strict=True)
    return tuple(Class(code=name, name=name, malignant=malignant) for name, malignant in told)


def _architecture(config: Config) -> str:
    model = config.model
    return f"{model.builder}, backbone {model.backbone}" if model.builder == "dual" else model.builder


def _count(part: Part, records: Sequence[Record], splits: Splits) -> PartCount:
    return PartCount(
        part=part,
        images=len(records),
        lesions=len({splits.groups[record.image_id] for record in records}),
        labels=dict(Counter(record.label for record in records)),
        without={
            "age": sum(record.age is None for record in records),
            **{
                field: sum(not getattr(record, field) for record in records)
                for field in ("sex", "site", "confirmation")
            },
        },
    )


def _gate(records: Sequence[Record], splits: Splits, name: str) -> Gate:
    parts: dict[str, set[str]] = {}
    for record in records:
        for key in keys(record, record.sha256):
            parts.setdefault(key, set()).add(splits.parts[record.image_id])
    kinds = Counter(key.split(" ", 1)[0] for key in parts)
    return Gate(
        split=name,
        groups=len({splits.groups[record.image_id] for record in records}),
        compared={kind: kinds[kind] for kind in _COMPARED if kind in kinds},
        divided=sum(len(each) > 1 for each in parts.values()),
    )
