"""Pictures as text that a page holds: data URIs of WebP, half as large as PNG."""

from base64 import b64encode
from io import BytesIO

import numpy as np
from PIL import Image

from lccs_inputs.pictures.painting import Picture

_QUALITY = 82  # of 100


def data_uri(picture: Picture, *, exact: bool) -> str:
    """A map; what is outside the area is transparent.

    Args:
        exact: keep every colour as it is, as classes need; else as near as the eye sees.
    """
    alpha = np.where(picture.outside, 0, 255).astype(np.uint8)
    image, file = Image.fromarray(np.dstack([picture.image, alpha])), BytesIO()
    image.save(file, "webp", lossless=exact, quality=_QUALITY)
    return f"data:image/webp;base64,{b64encode(file.getvalue()).decode()}"
