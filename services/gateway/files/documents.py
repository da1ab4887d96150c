"""PDF: only its pages are written anew, and only when nothing in it acts.

Scripts, actions beyond going to a page or an address, other files inside and forms that compute are
refused, not removed: who made such a document should know. Run in a process of its own
(`examine.py`).
"""

from collections.abc import Iterator
from typing import BinaryIO

from pypdf import PdfReader, PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    EncodedStreamObject,
    IndirectObject,
    PdfObject,
)

from services.gateway.files.kinds import Unfit

MOST_PAGES = 500
MOST_OBJECTS = 500_000
ACTING_KEYS = {"/JS", "/JavaScript", "/AA", "/XFA", "/EF", "/EmbeddedFiles", "/RichMedia"}
ACTING_NAMES = {
    "/JavaScript",
    "/Launch",
    "/SubmitForm",
    "/ImportData",
    "/GoToE",
    "/GoToR",
    "/Rendition",
    "/RichMedia",
    "/RichMediaExecute",
    "/FileAttachment",
    "/EmbeddedFile",
    "/Movie",
    "/Sound",
    "/Screen",
    "/3D",
}
NAMED_BY = ("/S", "/Subtype", "/Type")
ABOUT_MAKER = ("/Metadata", "/PieceInfo", "/LastModified")
ABOUT_NOTER = ("/T", "/M", "/CreationDate", "/NM", "/Subj")
"""ISO 32000-2: 14.3.2 and 14.5, of any object; 12.5.6.2, of an annotation: who wrote it, when."""


def write_anew(given: BinaryIO, result: BinaryIO) -> int:
    """The number of pages. Raises `Unfit`, and what pypdf raises for a broken one."""
    given.seek(0)
    reader = PdfReader(given, strict=False)
    if reader.is_encrypted:
        raise Unfit("file-encrypted")
    if any(_acts(each) for each in dictionaries_in(reader.root_object)):
        raise Unfit("file-acts")
    pages = len(reader.pages)
    if pages == 0:
        raise Unfit("file-broken")
    if pages > MOST_PAGES:
        raise Unfit("file-too-many-pages")
    writer = PdfWriter()
    for page in reader.pages:
        writer.add_page(page)
    writer.metadata = None
    for each in dictionaries_in(writer.root_object):
        _forget_maker(each)
    writer.write(result)
    return pages


def dictionaries_in(root: PdfObject) -> Iterator[DictionaryObject]:
    """All that can be reached from there, each once. Raises `Unfit` for what has no end."""
    waiting: list[object] = [root]
    met: set[tuple[int, int]] = set()
    looked_at = 0
    while waiting:
        one = waiting.pop()
        if isinstance(one, IndirectObject):
            if (one.idnum, one.generation) in met:
                continue
            met.add((one.idnum, one.generation))
            one = one.get_object()
        looked_at += 1
        if looked_at > MOST_OBJECTS:
            raise Unfit("file-too-heavy")
        if isinstance(one, DictionaryObject):
            yield one
            waiting.extend(dict.values(one))
        elif isinstance(one, ArrayObject):
            waiting.extend(list.__iter__(one))


def _acts(one: DictionaryObject) -> bool:
    if ACTING_KEYS & one.keys():
        return True
    named = (one.get(key) for key in NAMED_BY)
    return any(isinstance(name, str) and name in ACTING_NAMES for name in named)


def _forget_maker(one: DictionaryObject) -> None:
    for key in ABOUT_MAKER:
        dict.pop(one, key, None)
    if "/Rect" in one and one.get("/Subtype") != "/Widget":
        for key in ABOUT_NOTER:
            dict.pop(one, key, None)
    is_jpeg = one.get("/Filter") in ("/DCTDecode", ["/DCTDecode"])
    if is_jpeg and isinstance(one, EncodedStreamObject):
        one._data = without_notes(one._data)


def without_notes(jpeg: bytes) -> bytes:
    """A JPEG without the segments in which cameras and programs write what is no picture: APP1
    (Exif, XMP), APP13 (IPTC) and comments (ITU-T T.81, B.1.1). Broken ones stay as they are."""
    kept, at = [jpeg[:2]], 2
    while jpeg[at : at + 1] == b"\xff" and len(jpeg) >= at + 4:
        marker, length = jpeg[at + 1], int.from_bytes(jpeg[at + 2 : at + 4], "big")
        end = at + 2 + length
        if marker not in {0xE1, 0xED, 0xFE}:
            kept.append(jpeg[at:end])
        at = end
        if marker == 0xDA:  # from here on it is the picture
            break
    return b"".join(kept) + jpeg[at:]
