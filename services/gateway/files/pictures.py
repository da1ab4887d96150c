"""Pictures: decoded and written anew, so that only what can be seen is left.

Place, time, device and whatever else lies beside or behind the pixels is gone: a hidden author must
not be given away by a telephone. Run in a process of its own (`examine.py`).
"""

import io
from dataclasses import dataclass
from typing import Any, BinaryIO

from PIL import Image, ImageCms, ImageOps

from services.gateway.files.kinds import LARGEST, Unfit

MOST_PIXELS = 51_000_000
"""As many as a good camera has (8192 × 6144); what has more is a bomb or a scan of a wall."""
LONGEST_SIDE = 3072
"""Pixels of what is kept; enough to read a nameplate in a photograph."""
PREVIEW_SIDE = 320
FORMATS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}
SAVED: dict[str, dict[str, Any]] = {
    "JPEG": {"quality": 85, "optimize": True},
    "PNG": {"compress_level": 6},
    "WEBP": {"quality": 85, "method": 4},
}
Image.MAX_IMAGE_PIXELS = None  # the limit is ours, and below


@dataclass(frozen=True)
class Picture:
    """`kind` is a media type; sizes in pixels; `preview` is a JPEG."""

    kind: str
    width: int
    height: int
    preview: bytes
    preview_width: int
    preview_height: int


def write_anew(kind: str, given: BinaryIO, result: BinaryIO) -> Picture:
    """Raises `Unfit`, and what Pillow raises for a broken one."""
    with _opened(kind, given) as image:
        image.verify()  # checksums, where there are any; after it the file must be opened again
    with _opened(kind, given) as image:
        profile = image.info.get("icc_profile")
        # Of a JPEG only as much is decoded as is kept.
        image.draft(image.mode, (LONGEST_SIDE, LONGEST_SIDE))
        image.load()
        pixels = _plain(image)
    if max(pixels.size) > LONGEST_SIDE:
        pixels.thumbnail((LONGEST_SIDE, LONGEST_SIDE), reducing_gap=2.0)
    pixels = _in_srgb(ImageOps.exif_transpose(pixels), profile)
    # Pillow takes some of what it read along when it writes: comments, resolution, profile.
    pixels.info = {}
    kind = _written(pixels, kind, result)
    small = _on_white(pixels)
    small.thumbnail((PREVIEW_SIDE, PREVIEW_SIDE), reducing_gap=2.0)
    small.info = {}
    preview = io.BytesIO()
    small.save(preview, "JPEG", quality=75, optimize=True)
    return Picture(kind, *pixels.size, preview.getvalue(), *small.size)


def _opened(kind: str, given: BinaryIO) -> Image.Image:
    given.seek(0)
    image = Image.open(given, formats=(FORMATS[kind],))
    width, height = image.size
    if width * height > MOST_PIXELS:
        raise Unfit("file-too-many-pixels")
    # A telephone's JPEG may carry a second picture behind the first (MPO); only the first is read.
    if image.format != "MPO" and getattr(image, "n_frames", 1) > 1:
        raise Unfit("file-animated")
    return image


def _plain(image: Image.Image) -> Image.Image:
    """In red, green and blue, with what shines through if anything does; CMYK waits for its
    profile."""
    if image.mode in {"RGB", "RGBA", "CMYK"}:
        return image
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Colours as they were meant, without the profile that says how."""
    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile:
        try:
            meant = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            shown = ImageCms.createProfile("sRGB")
            changed = ImageCms.profileToProfile(image, meant, shown, outputMode=mode)
        except (ImageCms.PyCMSError, OSError, ValueError):
            changed = None  # a broken or strange profile: the colours are a little off
        if changed is not None:
            return changed
    return image.convert(mode)


def _on_white(image: Image.Image) -> Image.Image:
    if image.mode == "RGB":
        return image.copy()
    white = Image.new("RGB", image.size, "white")
    white.paste(image, mask=image.getchannel("A"))
    return white


def _written(image: Image.Image, kind: str, result: BinaryIO) -> str:
    """In the kind it came in; a PNG of a photograph that would be too large becomes a JPEG."""
    image.save(result, FORMATS[kind], **SAVED[FORMATS[kind]])
    if result.tell() <= LARGEST:
        return kind
    result.seek(0)
    result.truncate()
    _on_white(image).save(result, "JPEG", **SAVED["JPEG"])
    return "image/jpeg"
