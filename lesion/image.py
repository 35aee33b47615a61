"""The one pixel path: bytes of an image file to the uint8 square that every model sees, in training and in serving.

JPEG files are decoded at the smallest DCT scale (1/1, 1/2, 1/4, 1/8) that still covers the wanted size, then resized
with an antialiased bicubic filter. That costs a third of a full decode or less, and the pixels differ from it by 0.2 to
0.8 of 255 on average, 2.1 in the worst of 44 originals (`python -m benchmarks.pixel_path FILE…`).
"""

import io
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError
from pydantic import BaseModel, ConfigDict, Field

Pixels = npt.NDArray[np.uint8]
"""uint8 (S, S, 3), RGB."""

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")
MAX_PIXELS = 50_000_000
"""Default cap on width × height, checked in the header, before any pixel is decoded."""

# Our own cap, checked below, replaces Pillow's process-wide one (a warning first, an error only at twice the size).
Image.MAX_IMAGE_PIXELS = None


class InvalidImage(ValueError):
    """The bytes are no image we can read: wrong format, damaged, too large, or pixels without a defined range."""


class ImageSpec(BaseModel):
    """How a model wants its pixels. Written into the bundle, so that serving repeats what training did."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    size: int = Field(ge=8, le=1024, description="Side S of the square the model sees, in pixels.")
    resize: Literal["stretch"] = Field("stretch", description="Resize rule: stretch to S×S, aspect ratio not kept.")
    filter: Literal["bicubic"] = Field("bicubic", description="Antialiased bicubic resampling (Pillow's convention).")


def decode(data: bytes, *, at_least: int | None = None, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Decode an image file to an upright RGB image.

    `at_least` allows a JPEG to come out smaller than it is, by a power of two, but no side shorter than this many
    pixels. The orientation tag is applied. Transparent parts become black, as the surround of a dermoscope is.
    16-bit gray is scaled to 8 bits.

    Raises `InvalidImage` for anything that is not one whole picture in one of `FORMATS` with at most `max_pixels`.
    """
    if not data:
        raise InvalidImage(f"The image is empty. Expected a {_listed(FORMATS)} file. Received 0 bytes.")
    image = _open(data)
    width, height = image.size
    if width * height > max_pixels:
        raise InvalidImage(
            f"The image has too many pixels. Expected at most {max_pixels}. "
            f"Received {width}×{height} = {width * height}."
        )
    # A phone's JPEG with an embedded preview or depth map opens as MPO; its first picture is the photograph.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise InvalidImage(f"The file holds several pictures. Expected one. Received {getattr(image, 'n_frames', 1)}.")
    if at_least is not None:
        image.draft(None, (at_least, at_least))
    try:
        image.load()
        # The orientation tag lives in metadata that is as hostile as the pixels.
        ImageOps.exif_transpose(image, in_place=True)
    except MemoryError:
        raise
    except Exception as error:  # Pillow's decoders raise a dozen types on hostile bytes
        raise InvalidImage(f"The {image.format} file is damaged or cut off: {_reason(error)}.") from error
    return _to_rgb(image)


def prepare(image: Image.Image, spec: ImageSpec) -> Pixels:
    """Resize an RGB image to what the model sees: uint8 (S, S, 3)."""
    if image.mode != "RGB":
        raise ValueError(f"prepare() wants what decode() returns. Expected mode RGB. Received {image.mode}.")
    side = (spec.size, spec.size)
    resized = image if image.size == side else image.resize(side, Image.Resampling.BICUBIC)
    return np.asarray(resized)


def load(data: bytes, spec: ImageSpec, *, max_pixels: int = MAX_PIXELS) -> Pixels:
    """Decode and prepare in one step: bytes of a file to uint8 (S, S, 3). Raises `InvalidImage`."""
    return prepare(decode(data, at_least=spec.size, max_pixels=max_pixels), spec)


def _open(data: bytes) -> Image.Image:
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except MemoryError:
        raise
    except UnidentifiedImageError as error:
        raise InvalidImage(
            f"The file is not a readable image. Expected {_listed(FORMATS)}. Received {len(data)} bytes "
            f"beginning with {data[:8]!r}."
        ) from error
    except Exception as error:
        raise InvalidImage(f"The image file's header is damaged: {_reason(error)}.") from error


def _to_rgb(image: Image.Image) -> Image.Image:
    mode = image.mode
    if mode == "RGB":
        return image
    if mode.startswith("I;16"):
        wide = np.asarray(image).astype(np.uint32)
        return Image.fromarray(((wide + 128) // 257).astype(np.uint8)).convert("RGB")
    if mode in {"I", "F"}:
        raise InvalidImage(
            f"The pixels have no defined range. Expected 8 or 16 bits a channel. Received {image.format} mode {mode}."
        )
    if image.has_transparency_data:
        rgba = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", rgba.size, (0, 0, 0, 255)), rgba).convert("RGB")
    return image.convert("RGB")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + " or " + names[-1]


def _reason(error: Exception) -> str:
    # Pillow's texts speak of the file's structure, never of its content.
    return str(error).rstrip(".") or type(error).__name__
