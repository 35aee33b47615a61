"""What a table says of images, joined with their files: the last step of every import."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from training.catalog import Catalog, Facts, LeftOut, Record
from training.errors import InvalidData
from training.images import file_hashes, image_files


def join(
    facts: Mapping[str, Facts],
    images: Path,
    *,
    left_out: Sequence[LeftOut] = (),
    image_id: Callable[[str], str] = lambda stem: stem,
) -> Catalog:
    """A catalog of every image that has both a row and a file, the file named by the image.

    `facts` are by the name of the row; `image_id` turns the stem of a file's name into one. `left_out` names images of
    the table that cannot be used; rows without a file are left out too, and named.

    Raises `InvalidData` when a file has no row, an id has two files, or a fact is outside our vocabulary.
    """
    unusable = {item.image_id for item in left_out}
    files: dict[str, str] = {}
    for file in image_files(images):
        name = image_id(PurePosixPath(file).stem)
        if name not in facts and name not in unusable:
            raise InvalidData(f"{file} has no row in the table. Expected one for {name}.")
        if name in files:
            raise InvalidData(f"Image ids must be unique. Received {files[name]} and {file} for {name}.")
        files[name] = file
    return gather(facts, {name: file for name, file in files.items() if name not in unusable}, images, left_out)


def gather(
    facts: Mapping[str, Facts], files: Mapping[str, str], images: Path, left_out: Sequence[LeftOut] = ()
) -> Catalog:
    """A catalog of the images that have a file in `files`, in its order; the other `facts` are left out and named.

    Raises `InvalidData` when there is no file at all or a fact is outside our vocabulary.
    """
    if not files:
        raise InvalidData(f"No image of the table that can be used has a file in {images}.")
    hashes = file_hashes(images, list(files.values()))
    records = [
        Record(**vars(facts[name].checked()), sha256=content, file=file)
        for (name, file), content in zip(files.items(), hashes, strict=True)
    ]
    absent = [LeftOut(name, f"no file in {images.name}") for name in facts if name not in files]
    return Catalog(records, images, (*left_out, *absent))
