"""The picture of one image, as the model sees it, for a page that people read."""

import io

from PIL import Image

from training.evaluation.subject import Images

QUALITY = 88


def name_of(image_id: str) -> str:
    """Its name among the pictures of a report."""
    return f"{image_id}.jpg"


def jpeg(image: Images) -> bytes:
    """A JPEG of one image uint8 (S, S, 3)."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "JPEG", quality=QUALITY)
    return file.getvalue()
