"""The quality gate on real images, spoiled ones and other things: what it rejects, warns of, misses and costs.

    python -m benchmarks.quality --catalog data/ham10000 --cache cache/ham10000 [--bundle models/dermoscopy/2]
        [--others "MSK=msk.zip" "BCN at 84 px=isic2019.zip=BCN_" --metadata ISIC_2019_Training_Metadata.csv]
        [--photographs FOLDER] [--out FOLDER]

Limits are fitted to the train part of the catalog (by the committed split); the calibration part is spoiled. With a
bundle, its answers to the spoiled pictures: malignancy AUC, and sensitivity at the threshold that gives 95 % unspoiled.
`--others NAME=FOLDER_OR_ZIP[=LESION_PREFIX]` are other real images. Writes quality.md, and quality.json: the spec.
"""

import argparse
import csv
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from sklearn.metrics import roc_auc_score

from benchmarks import spoiling
from benchmarks.pixel_path import cpu_ms
from lesion.image import ImageSpec, Pixels, load
from lesion.patient import encode
from lesion.quality import Quality, QualitySpec, assess
from training import cache
from training.calibration.quality import fit_quality
from training.catalog import Catalog, Record
from training.images import image_files, open_images
from training.splits import COMMITTED, Splits

MOST = 3000
"""Images of another source: enough for shares to 0.1 %."""
SENSITIVITY = 0.95
SPOILED = "calibration part"
EXAMPLES = Path(__file__).parent.parent / "examples"
Picture = tuple[Pixels, tuple[int, int]]
Judge = Callable[[Sequence[Pixels]], str]


@dataclass(frozen=True)
class Row:
    """What the gate says of some pictures, in shares, and how a model answers them."""

    name: str
    pictures: int
    rejected: float
    warned: float
    found: dict[str, float]
    answers: str = ""

    @classmethod
    def of(cls, name: str, judged: Sequence[Quality], answers: str = "") -> "Row":
        """`warned`: answered, with findings. `found`: share of each code; those that reject end in an exclamation."""
        count = len(judged)
        codes = Counter(item.code + "!" * item.rejects for quality in judged for item in quality.findings)
        return cls(
            name,
            count,
            sum(not quality.usable for quality in judged) / count,
            sum(quality.usable and bool(quality.findings) for quality in judged) / count,
            {code: found / count for code, found in codes.most_common()},
            answers,
        )

    def line(self) -> str:
        """Of a Markdown table."""
        found = ", ".join(f"{code} {_percent(share)}" for code, share in self.found.items())
        cells = (self.name, str(self.pictures), _percent(self.rejected), _percent(self.warned), found, self.answers)
        return f"| {' | '.join(cells)} |"


def _percent(share: float) -> str:
    return f"{100 * share:.1f}" if 0 < share < 0.1 else f"{100 * share:.0f}"


def table(rows: Sequence[Row]) -> str:
    """Markdown; shares in percent."""
    head = "| pictures | n | rejected % | warned % | found % (! rejects) | malignancy AUC, sensitivity |"
    return "\n".join([head, "|---|---|---|---|---|---|", *(row.line() for row in rows)])


def judged(pictures: Sequence[Picture], spec: QualitySpec) -> list[Quality]:
    """What the gate says of each."""
    return [assess(pixels, size, spec) for pixels, size in pictures]


def cost(spec: QualitySpec) -> str:
    """CPU time of the gate beside that of decoding and preparing the 600×450 examples, in this run, on one thread."""
    files = [path.read_bytes() for path in sorted(EXAMPLES.glob("*.jpg"))]
    image = ImageSpec(size=spec.size)
    squares = {data: load(data, image) for data in files}
    decoding = cpu_ms(lambda data: load(data, image), files)
    judging = cpu_ms(lambda data: assess(squares[data], spoiling.ORIGINAL, spec), files)
    return f"assess {judging:.3f} ms, load {decoding:.2f} ms: ratio {judging / decoding:.2f}"


def others(given: str, metadata: Path | None, size: int) -> tuple[str, list[Picture]]:
    """A name and the pictures of another source, at most `MOST`, drawn at random."""
    name, path, *prefix = given.split("=")
    files = image_files(Path(path))
    if prefix and metadata:
        with metadata.open(newline="", encoding="utf-8") as file:
            lesions = {row["image"][:12]: row["lesion_id"] for row in csv.DictReader(file)}
        files = [file for file in files if lesions.get(Path(file).name[:12], "").startswith(prefix[0])]
    rng = np.random.default_rng(0)
    chosen = sorted(rng.choice(files, min(MOST, len(files)), replace=False).tolist())
    with open_images(Path(path)) as read:
        return name, [_opened(read(file), size) for file in chosen]


def _opened(data: bytes, size: int) -> Picture:
    with Image.open(BytesIO(data)) as image:
        original = image.size
    return load(data, ImageSpec(size=size)), original


def model(bundle: Path, records: Sequence[Record], unspoiled: Sequence[Pixels]) -> Judge:
    """A function from pictures of these records, in order, to how well the bundle answers them."""
    import onnxruntime  # noqa: PLC0415 - only where a bundle is asked

    from lesion.decision import softmax  # noqa: PLC0415
    from lesion.manifest import Manifest  # noqa: PLC0415

    manifest = Manifest.read(bundle)
    codes, malignant = [item.code for item in manifest.classes], np.array([item.malignant for item in manifest.classes])
    truth = malignant[[codes.index(record.label) for record in records]]
    metadata = np.stack([encode(record.patient, manifest.metadata) for record in records])
    session = onnxruntime.InferenceSession(bundle / manifest.variants[0].file)

    def malignancy(pictures: Sequence[Pixels]) -> npt.NDArray[np.float64]:
        parts = [slice(start, start + 64) for start in range(0, len(records), 64)]
        given = [{"image": np.stack(pictures[part]), "metadata": metadata[part]} for part in parts]
        logits = np.concatenate([session.run(["logits"], each)[0] for each in given]).astype(np.float64)
        probabilities = softmax(logits / manifest.variants[0].decision.temperature)
        shares: npt.NDArray[np.float64] = probabilities[:, malignant].sum(axis=1)
        return shares

    threshold = np.quantile(malignancy(unspoiled)[truth], 1 - SENSITIVITY)

    def answers(pictures: Sequence[Pixels]) -> str:
        given = malignancy(pictures)
        return f"{roc_auc_score(truth, given):.3f}, {np.mean(given[truth] >= threshold):.2f}"

    return answers


def rows(options: argparse.Namespace, spec: QualitySpec, parts: dict[str, list[Pixels]], judge: Judge) -> Iterator[Row]:
    """The table, from top to bottom."""
    for name, squares in parts.items():
        yield Row.of(name, judged([(square, spoiling.ORIGINAL) for square in squares], spec))
    for given in options.others:
        name, pictures = others(given, options.metadata, spec.size)
        yield Row.of(name, judged(pictures, spec))
    examples = [_opened(path.read_bytes(), spec.size) for path in sorted(EXAMPLES.glob("*.jpg"))]
    yield Row.of("examples/*.jpg", judged(examples, spec))
    yield Row.of(
        "drawn lesions", judged([(square, spoiling.ORIGINAL) for square in spoiling.drawn(spec.size, 200)], spec)
    )
    for name, spoil in spoiling.spoilings().items():
        spoiled = [spoil(square) for square in parts[SPOILED]]
        answers = judge([square for square, _ in spoiled])
        yield Row.of(f"{SPOILED}, {name}", judged(spoiled, spec), answers)
    for name, squares in spoiling.strangers(spec.size, options.photographs):
        yield Row.of(name, judged([(square, spoiling.ORIGINAL) for square in squares], spec))


def main() -> None:
    """Fit, judge, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "--catalog", type=Path, required=True, help="folder of a catalog that the committed split covers"
    )
    parser.add_argument("--cache", type=Path, required=True, help="where its prepared images are, or will be")
    parser.add_argument("--size", type=int, default=160)
    parser.add_argument("--bundle", type=Path, help="a version's folder: how its answers suffer")
    parser.add_argument("--others", nargs="*", default=[], metavar="NAME=PATH[=LESION_PREFIX]")
    parser.add_argument("--metadata", type=Path, help="CSV of image, lesion_id: for the prefixes")
    parser.add_argument("--photographs", type=Path, help="folder of further pictures that are not dermoscopic")
    parser.add_argument("--out", type=Path, default=Path("quality"))
    options = parser.parse_args()
    catalog = Catalog.read(options.catalog).of_categories()
    splits, pixels = (
        Splits.read(COMMITTED / "isic2019.csv"),
        cache.build(catalog, ImageSpec(size=options.size), options.cache),
    )
    places = {part: splits.positions(catalog, part) for part in ("train", "calibration")}
    parts = {f"{part} part": [pixels[row] for row in found] for part, found in places.items()}
    for row in places["train"]:
        parts.setdefault(f"train part, {catalog.records[row].label}", []).append(pixels[row])
    spec = fit_quality(pixels[places["train"]])
    records = [catalog.records[row] for row in places["calibration"]]
    judge = model(options.bundle, records, parts[SPOILED]) if options.bundle else lambda _: ""
    told = table(list(rows(options, spec, parts, judge)))
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / "quality.md").write_text(told + "\n", encoding="utf-8")
    (options.out / "quality.json").write_text(spec.model_dump_json(indent=2) + "\n", encoding="utf-8")
    print(told, cost(spec), spec.model_dump_json(exclude={"likeness"}), sep="\n")


if __name__ == "__main__":
    main()
