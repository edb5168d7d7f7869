"""The only file that opens pictures of others: Pillow. They are drawn anew, so nothing of the file itself goes on."""

import hashlib
import io
from dataclasses import dataclass

from PIL import Image, ImageOps, UnidentifiedImageError

from models.language import gettext
from models.refusal import Refused

# In pixels: twice the room that a logo has on the pay page.
WIDTH, HEIGHT = 480, 144
# What is drawn takes about four bytes for each.
MOST_PIXELS = 16_000_000
# In bytes; each message carries it.
LARGEST = 40_000


@dataclass(frozen=True, slots=True)
class Picture:
    """Width and height are in pixels; the digest is SHA-256, in hexadecimal digits."""

    media_type: str
    data: bytes
    width: int
    height: int

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


def logo_from(file: bytes) -> Picture:
    """The picture in this file, made to fit 480 by 144 pixels and 40 kB; the same one for the same file.

    Refuses what is neither PNG nor JPEG, what is broken or enormous, and what shows nothing.
    """
    drawn = _drawn(file)
    drawn.thumbnail((WIDTH, HEIGHT), Image.Resampling.LANCZOS)
    if drawn.mode == "RGBA" and drawn.getchannel("A").getextrema() == (0, 0):
        raise Refused(gettext("This picture shows nothing: all of it is transparent."))
    return _encoded(drawn)


def _drawn(file: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(file), formats=("PNG", "JPEG")) as image:
            if image.width * image.height > MOST_PIXELS:
                raise Refused(gettext("This picture has too many pixels. Save a smaller one and upload that."))
            drawn = _in_eight_bits(ImageOps.exif_transpose(image))
            drawn = drawn.convert("RGBA" if drawn.has_transparency_data else "RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError, SyntaxError, ValueError) as error:
        raise Refused(gettext("This is no picture that can be read. Upload a PNG or a JPEG file.")) from error
    drawn.info.clear()  # comments and profiles would be saved again
    return drawn


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Grays of 16 bits would be cut at 255, which is white; one of them may be called transparent."""
    if not image.mode.startswith("I"):
        return image
    drawn = image.convert("I").point(lambda gray: gray / 257).convert("L")
    if "transparency" in drawn.info:
        drawn.info["transparency"] //= 257
    return drawn


def _encoded(drawn: Image.Image) -> Picture:
    """The best of these that is small enough; what is drawn here always is in the last of them."""
    if len(data := _saved(drawn, "PNG", optimize=True)) <= LARGEST:
        return Picture("image/png", data, *drawn.size)
    if drawn.mode == "RGB":
        return Picture("image/jpeg", _smallest(drawn), *drawn.size)
    drawn = drawn.quantize(64, Image.Quantize.FASTOCTREE)
    while len(data := _saved(drawn, "PNG", optimize=True)) > LARGEST:
        drawn = drawn.resize((max(1, drawn.width * 3 // 4), max(1, drawn.height * 3 // 4)))
    return Picture("image/png", data, *drawn.size)


def _smallest(drawn: Image.Image) -> bytes:
    sizes = (_saved(drawn, "JPEG", quality=quality, optimize=True) for quality in (88, 75, 60, 40))
    return next((data for data in sizes if len(data) <= LARGEST), _saved(drawn, "JPEG", quality=20))


def _saved(drawn: Image.Image, kind: str, **how: int) -> bytes:
    file = io.BytesIO()
    drawn.save(file, kind, **how)
    return file.getvalue()
