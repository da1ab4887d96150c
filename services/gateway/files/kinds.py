"""What a file may be, by its first bytes; what it is called counts for nothing."""

from typing import BinaryIO

LARGEST = 20 * 1024 * 1024
"""Bytes of one file."""
MOST = 5
"""Files of one matter, and as many of its answer."""
ENDINGS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/webp": "webp",
    "application/pdf": "pdf",
}


class Unfit(Exception):  # noqa: N818
    """Why a file is not taken; `code` is one of those that `pages/wrongs.py` has words for."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def kind_of(content: BinaryIO) -> str:
    """The media type. What only begins somewhere inside, as in a polyglot, is not looked for.
    Raises `Unfit`."""
    content.seek(0)
    head = content.read(16)
    content.seek(0)
    if not head:
        raise Unfit("file-empty")
    if head.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "image/webp"
    if head.startswith(b"%PDF-"):
        return "application/pdf"
    raise Unfit("file-unknown-kind")
