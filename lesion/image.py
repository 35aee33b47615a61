"""The one pixel path: bytes of an image file to the uint8 square that every model sees, in training and in serving.

JPEG files are decoded at the smallest DCT scale (1/1, 1/2, 1/4, 1/8) that still covers the wanted size, then resized
with an antialiased bicubic filter. At 160 px that costs 0.1 to 0.6 of a full decode, and the pixels differ from it by
0.3 to 1.0 of 255 on average (docs/benchmarks.md).
"""

import io
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile
from pydantic import BaseModel, ConfigDict, Field

Pixels = npt.NDArray[np.uint8]
"""uint8 (S, S, 3), RGB."""

FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "BMP")
MAX_PIXELS = 50_000_000
"""Default cap on width × height, checked in the header, before any pixel is decoded."""
MAX_SIDE = 20_000
"""Cap on width and on height: resizing costs memory for every column and row, whatever their product."""
MAX_JPEG_SCANS = 64
"""A progressive JPEG has about ten. Each costs a pass over the whole picture and may be a few bytes long."""

_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_KEEPS_SIDES = {Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.ROTATE_180, Image.Transpose.FLIP_TOP_BOTTOM}
_TIFF_BITS, _TIFF_PHOTOMETRIC, _TIFF_TILE_WIDTH, _TIFF_TILE_LENGTH = 258, 262, 322, 323
_BLACK_IS_ZERO = 1

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


@dataclass(frozen=True)
class Loaded:
    """What the model sees, and how large the file's picture is: (width, height), upright, before any reduction."""

    pixels: Pixels
    size: tuple[int, int]


def decode(data: bytes, *, at_least: int | None = None, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Decode an image file to an upright RGB image.

    `at_least` allows a JPEG to come out smaller than it is, by a power of two, but no side shorter than this many
    pixels. The orientation tag is applied. Transparent parts become black, as the surround of a dermoscope is.
    16-bit gray is scaled to 8 bits.

    Raises `InvalidImage` for anything that is not one whole picture in one of `FORMATS` with at most `max_pixels`.
    """
    return _decode(data, at_least, max_pixels)[0]


def prepare(image: Image.Image, spec: ImageSpec) -> Pixels:
    """Resize an RGB image to what the model sees: uint8 (S, S, 3)."""
    if image.mode != "RGB":
        raise ValueError(f"prepare() wants what decode() returns. Expected mode RGB. Received {image.mode}.")
    side = (spec.size, spec.size)
    resized = image if image.size == side else image.resize(side, Image.Resampling.BICUBIC)
    return np.asarray(resized)


def load(data: bytes, spec: ImageSpec, *, max_pixels: int = MAX_PIXELS) -> Pixels:
    """Decode and prepare in one step: bytes of a file to uint8 (S, S, 3). Raises `InvalidImage`."""
    return read(data, spec, max_pixels=max_pixels).pixels


def read(data: bytes, spec: ImageSpec, *, max_pixels: int = MAX_PIXELS) -> Loaded:
    """`load`, and the size that the picture had. Raises `InvalidImage`."""
    image, size = _decode(data, spec.size, max_pixels)
    return Loaded(prepare(image, spec), size)


def _decode(data: bytes, at_least: int | None, max_pixels: int) -> tuple[Image.Image, tuple[int, int]]:
    """As `decode`, and the upright size in the file's header."""
    if not data:
        raise InvalidImage(f"The image is empty. Expected a {_listed(FORMATS)} file. Received 0 bytes.")
    image = _open(data)
    _check_size(image, data, max_pixels)
    size = image.size  # before a JPEG is told to come out smaller
    try:
        # A phone's JPEG with an embedded preview or depth map opens as MPO; its first picture is the photograph.
        several = image.format != "MPO" and getattr(image, "is_animated", False)
        if not several:
            if at_least is not None:
                image.draft(None, (at_least, at_least))
            image.load()
        # The orientation tag lives in metadata that is as hostile as the pixels.
        turn = _UPRIGHT.get(image.getexif().get(_ORIENTATION, 1))
    except MemoryError:
        raise
    except Exception as error:  # Pillow's decoders raise a dozen types on hostile bytes
        raise InvalidImage(f"The {image.format} file is damaged or cut off: {_reason(error)}.") from error
    if several:
        raise InvalidImage(f"The {image.format} file holds several pictures. Expected one.")
    rgb = _to_rgb(image)
    if turn is None:
        return rgb, size
    return rgb.transpose(turn), size if turn in _KEEPS_SIDES else size[::-1]


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


def _check_size(image: Image.Image, data: bytes, max_pixels: int) -> None:
    """Refuse by the header what would be dear to decode: area, sides, tiles larger than the picture, endless scans."""
    width, height = image.size
    if width * height > max_pixels or max(width, height) > MAX_SIDE:
        raise InvalidImage(
            f"The image has too many pixels. Expected at most {max_pixels}, and {MAX_SIDE} on a side. "
            f"Received {width}×{height} = {width * height}."
        )
    if isinstance(image, TiffImageFile):
        tile = [image.tag_v2.get(tag, 1) for tag in (_TIFF_TILE_WIDTH, _TIFF_TILE_LENGTH)]
        if not all(isinstance(side, int) and 0 < side <= MAX_SIDE for side in tile) or tile[0] * tile[1] > max_pixels:
            raise InvalidImage(
                f"The TIFF file has tiles that are too large. Expected at most {max_pixels} pixels each."
            )
    # Within a scan's data a byte FF is never followed by DA.
    if image.format in {"JPEG", "MPO"} and (scans := data.count(b"\xff\xda")) > MAX_JPEG_SCANS:
        raise InvalidImage(f"The JPEG file has too many scans. Expected at most {MAX_JPEG_SCANS}. Received {scans}.")


def _to_rgb(image: Image.Image) -> Image.Image:
    mode = image.mode
    if mode.startswith("I;16"):
        return _from_16_bits(image)
    if mode in {"I", "F"}:
        raise InvalidImage(
            f"The pixels have no defined range. Expected 8 or 16 bits a channel. Received {image.format} mode {mode}."
        )
    if image.has_transparency_data:
        layered = image if mode == "RGBA" else image.convert("RGBA")
        black = Image.new("RGB", image.size)
        black.paste(layered, mask=layered.getchannel("A"))
        return black
    return image if mode == "RGB" else image.convert("RGB")


def _from_16_bits(image: Image.Image) -> Image.Image:
    if isinstance(image, TiffImageFile):
        kind = (image.tag_v2.get(_TIFF_BITS), image.tag_v2.get(_TIFF_PHOTOMETRIC))
        if kind != ((16,), _BLACK_IS_ZERO):
            raise InvalidImage(
                "The TIFF file's gray is of a kind we cannot scale. Expected 16 bits, black is zero. "
                f"Received bits {kind[0]}, photometric interpretation {kind[1]}."
            )
    wide = np.asarray(image)
    narrow = ((wide - (wide >> 8) + 128) >> 8).astype(np.uint8)  # x / 257, rounded, without leaving 16 bits
    transparent = image.info.get("transparency")
    if isinstance(transparent, int):
        narrow[wide == transparent] = 0
    return Image.fromarray(narrow).convert("RGB")


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:-1]) + " or " + names[-1]


def _reason(error: Exception) -> str:
    # Pillow's texts speak of the file's structure, never of its content.
    return str(error).rstrip(".") or type(error).__name__
