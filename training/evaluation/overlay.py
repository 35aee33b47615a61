"""An evidence map laid over its image: orange speaks for the category, blue against, strength by opacity.

Orange and blue of one lightness (Okabe and Ito, 2008) are told apart by all kinds of color vision, and neither looks
the stronger. The image below is gray: skin and lesions are orange and brown themselves.
"""

import io
from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from training.evaluation.explanation import Floats32
from training.evaluation.subject import Images

FOR, AGAINST = (213, 94, 0), (0, 114, 178)
OPACITY = 0.75
"""Of the strongest evidence. The structure below must stay visible."""
SIDE = 200
"""Pixels a side, the legend below apart."""
LEGEND = 22
_FONT_PIXELS = 12


def overlay(image: Images, evidence: Floats32, limit: float) -> bytes:
    """A PNG of SIDE by SIDE + LEGEND pixels: evidence float32 (h, w), in logits, over uint8 (S, S, 3).

    `limit`, above 0, is the evidence of either sign that is drawn at full strength; the legend tells it.
    """
    base = np.asarray(Image.fromarray(image).convert("L").resize((SIDE, SIDE), Image.Resampling.BICUBIC))
    strength = np.clip(upscale(evidence[None], SIDE)[0] / limit, -1, 1)
    canvas = Image.new("RGB", (SIDE, SIDE + LEGEND), "white")
    canvas.paste(Image.fromarray(_blend(base, strength)), (0, 0))
    _legend(canvas, limit)
    file = io.BytesIO()
    canvas.save(file, "PNG", optimize=True)
    return file.getvalue()


def upscale(maps: Floats32, side: int) -> Floats32:
    """Maps (N, h, w) to (N, side, side), bilinear, each value at the center of its cell."""
    size = (side, side)
    return np.stack([np.asarray(Image.fromarray(each).resize(size, Image.Resampling.BILINEAR)) for each in maps])


def _blend(gray: npt.NDArray[np.uint8], strength: Floats32) -> npt.NDArray[np.uint8]:
    """uint8 (H, W, 3) from gray values and strengths -1 to 1, both (H, W)."""
    color = np.where(strength[..., None] > 0, FOR, AGAINST)
    opacity = OPACITY * np.abs(strength)[..., None]
    mixed: npt.NDArray[np.uint8] = np.rint(gray[..., None] * (1 - opacity) + color * opacity).astype(np.uint8)
    return mixed


def _legend(canvas: Image.Image, limit: float) -> None:
    """A bar of the colors from against to for, with the logits at its ends."""
    pen, font = ImageDraw.Draw(canvas), ImageFont.load_default(_FONT_PIXELS)
    middle = SIDE + LEGEND // 2
    for x, color in _bar():
        pen.line((x, middle - 4, x, middle + 4), fill=color)
    pen.text((2, middle), f"-{limit:.1f} against", fill="black", font=font, anchor="lm")
    pen.text((SIDE - 2, middle), f"for +{limit:.1f}", fill="black", font=font, anchor="rm")


def _bar() -> Iterator[tuple[int, tuple[int, int, int]]]:
    start, end = 76, SIDE - 56
    strength = np.linspace(-1, 1, end - start, dtype=np.float32)
    colors = _blend(np.full((1, end - start), 200, np.uint8), strength[None])[0]
    yield from zip(range(start, end), map(tuple, colors.tolist()), strict=True)
