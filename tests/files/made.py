"""Pictures and documents, good and bad, made for the tests."""

import io
from typing import Any

from PIL import Image
from pypdf import PdfWriter
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    EncodedStreamObject,
    FloatObject,
    NameObject,
    NumberObject,
    TextStringObject,
)

RED, BLUE = (200, 30, 30), (30, 30, 200)
ORIENTATION, MODEL, GPS = 0x0112, 0x0110, 0x8825
DEVICE, MAKER = "GivesAway-X1", "陈小红"


def encoded(image: Image.Image, kind: str, **more: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def two_halves(width: int = 80, height: int = 40, mode: str = "RGB") -> Image.Image:
    """Red on the left, blue on the right."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(BLUE, (width // 2, 0, width, height))
    return image.convert(mode)


def photograph(**more: Any) -> bytes:
    """As a telephone that was held upright takes it: turned, with device and place."""
    exif = Image.Exif()
    exif[ORIENTATION], exif[MODEL] = 6, DEVICE
    exif[GPS] = {1: "N", 2: (32.0, 3.0, 0.0), 3: "E", 4: (118.0, 46.0, 0.0)}
    return encoded(two_halves(), "JPEG", exif=exif, comment=MAKER.encode(), **more)


def picture(kind: str = "PNG", seed: int = 0) -> bytes:
    """Another one for each seed."""
    return encoded(Image.new("RGB", (60, 40), (seed % 256, seed // 256, 90)), kind)


def animated(kind: str) -> bytes:
    frames = [Image.new("RGB", (20, 20), colour) for colour in (RED, BLUE)]
    return encoded(frames[0], kind, save_all=True, append_images=frames[1:], duration=100)


def document(**root: Any) -> bytes:
    """One page, of which somebody is named as the maker; `root` comes into its catalogue."""
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_metadata({"/Author": MAKER, "/Producer": DEVICE})
    for name, value in root.items():
        writer.root_object[NameObject(f"/{name}")] = value
    return written(writer)


def written(writer: PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def with_action(kind: str, **more: str) -> bytes:
    """A document that does something when it is opened."""
    action = DictionaryObject({NameObject("/S"): NameObject(kind)})
    for name, value in more.items():
        action[NameObject(f"/{name}")] = TextStringObject(value)
    return document(OpenAction=action)


def with_script() -> bytes:
    """Among the names of a document, where scripts stand that run when it is opened."""
    script = DictionaryObject(
        {
            NameObject("/S"): NameObject("/JavaScript"),
            NameObject("/JS"): TextStringObject("app.alert('x')"),
        }
    )
    named = ArrayObject([TextStringObject("x"), script])
    tree = DictionaryObject({NameObject("/Names"): named})
    return document(Names=DictionaryObject({NameObject("/JavaScript"): tree}))


def with_file_inside() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.add_attachment("x.exe", b"MZ")
    return written(writer)


def with_annotation(subtype: str) -> bytes:
    """One page with a note on it, which says who wrote it."""
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    note = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Annot"),
            NameObject("/Subtype"): NameObject(subtype),
            NameObject("/Rect"): ArrayObject([FloatObject(each) for each in (10, 10, 50, 50)]),
            NameObject("/Contents"): TextStringObject("here"),
            NameObject("/T"): TextStringObject(MAKER),
        }
    )
    page[NameObject("/Annots")] = ArrayObject([writer._add_object(note)])
    return written(writer)


def with_password() -> bytes:
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.encrypt("secret", algorithm="RC4-128")
    return written(writer)


def scanned() -> bytes:
    """A photograph in a document, as programs that scan with a telephone make it."""
    writer = PdfWriter()
    page = writer.add_blank_page(200, 200)
    image = EncodedStreamObject()
    image._data = photograph()
    image.update(
        {
            NameObject("/Type"): NameObject("/XObject"),
            NameObject("/Subtype"): NameObject("/Image"),
            NameObject("/Filter"): NameObject("/DCTDecode"),
            NameObject("/Width"): NumberObject(80),
            NameObject("/Height"): NumberObject(40),
            NameObject("/ColorSpace"): NameObject("/DeviceRGB"),
            NameObject("/BitsPerComponent"): NumberObject(8),
        }
    )
    shown = DictionaryObject({NameObject("/Im0"): writer._add_object(image)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): shown})
    return written(writer)


def of_size(count: int) -> bytes:
    """A good PNG of that many bytes: what follows its end is dropped when it is written anew."""
    good = picture(seed=4711)
    return good + b"\0" * (count - len(good))
