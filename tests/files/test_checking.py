"""What becomes of a file that somebody brings, looked into in a process of its own."""

import io
import resource
import tempfile
from collections.abc import Callable
from typing import BinaryIO

import pytest
from PIL import Image
from pypdf import PdfReader

from services.gateway.files import examine, limits
from services.gateway.files.checking import Checking, Fit
from services.gateway.files.kinds import LARGEST, Unfit
from services.gateway.files.pictures import LONGEST_SIDE, MOST_PIXELS, PREVIEW_SIDE
from tests.files import made


async def checked(content: bytes) -> tuple[Fit, bytes]:
    fit = await Checking().checked(io_file(content))
    with fit.content:
        return fit, fit.content.read()


def io_file(content: bytes) -> BinaryIO:
    file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - closed when nobody holds it
    file.write(content)
    return file


async def test_a_photograph_keeps_what_can_be_seen_and_nothing_else() -> None:
    given = made.photograph()
    assert made.DEVICE.encode() in given
    assert made.MAKER.encode() in given
    fit, content = await checked(given)
    assert (fit.kind, fit.size) == ("image/jpeg", len(content))
    for said in (made.DEVICE, made.MAKER, "Exif", "GPS"):
        assert said.encode() not in content
    image = Image.open(io.BytesIO(content))
    assert not image.getexif()
    assert image.size == (fit.width, fit.height) == (40, 80), "it stands as it was held"
    top, bottom = image.getpixel((20, 10)), image.getpixel((20, 70))
    assert isinstance(top, tuple)
    assert isinstance(bottom, tuple)
    assert top[0] > 150 > bottom[0]
    assert fit.preview
    assert not Image.open(io.BytesIO(fit.preview)).getexif()


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
async def test_each_kind_stays_what_it_is(kind: str) -> None:
    fit, content = await checked(made.encoded(made.two_halves(900, 600), kind))
    image = Image.open(io.BytesIO(content))
    assert (image.format, fit.kind) == (kind, f"image/{kind.lower()}")
    assert (fit.preview_width, fit.preview_height) == (PREVIEW_SIDE, 213)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA", "I;16"])
async def test_a_png_may_have_any_colours(mode: str) -> None:
    fit, content = await checked(made.encoded(made.two_halves(mode="L").convert(mode), "PNG"))
    assert Image.open(io.BytesIO(content)).mode in {"RGB", "RGBA"}
    assert fit.preview


async def test_a_jpeg_for_printers_is_shown_on_screens() -> None:
    _, content = await checked(made.encoded(made.two_halves(mode="CMYK"), "JPEG"))
    assert Image.open(io.BytesIO(content)).mode == "RGB"


async def test_a_large_picture_becomes_as_large_as_is_needed() -> None:
    fit, _ = await checked(made.encoded(Image.new("L", (7000, 3500)), "JPEG"))
    assert (fit.width, fit.height) == (LONGEST_SIDE, LONGEST_SIDE // 2)


async def test_what_hides_behind_a_picture_is_gone() -> None:
    for hidden in (b"<script>alert(1)</script>", b"PK\x03\x04 an archive", made.document()):
        _, content = await checked(made.picture() + hidden)
        assert hidden not in content


async def test_a_document_keeps_its_pages_and_not_who_made_it() -> None:
    fit, content = await checked(made.document())
    assert (fit.kind, fit.width, fit.preview) == ("application/pdf", None, None)
    assert len(PdfReader(io.BytesIO(content)).pages) == 1
    for said in (made.MAKER, made.DEVICE):
        for form in ("utf-8", "utf-16-be"):
            assert said.encode(form) not in content


async def test_a_note_in_a_document_stays_and_not_whose_it_is() -> None:
    _, content = await checked(made.with_annotation("/Text"))
    notes = PdfReader(io.BytesIO(content)).pages[0]["/Annots"]
    note = notes[0].get_object()  # type: ignore[index]
    assert note["/Contents"] == "here"
    assert "/T" not in note


async def test_a_photograph_in_a_document_says_nothing_of_the_telephone() -> None:
    given = made.scanned()
    assert made.DEVICE.encode() in given
    _, content = await checked(given)
    assert made.DEVICE.encode() not in content
    assert made.MAKER.encode() not in content
    (image,) = PdfReader(io.BytesIO(content)).pages[0].images
    assert image.image
    assert image.image.size == (80, 40)


BAD: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "file-empty"),
    "a page": (lambda: b"<!doctype html><script>", "file-unknown-kind"),
    "a program": (lambda: b"MZ" + bytes(100), "file-unknown-kind"),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', "file-unknown-kind"),
    "gif": (lambda: made.animated("GIF"), "file-unknown-kind"),
    "a page before a document": (lambda: b"<html>" + made.document(), "file-unknown-kind"),
    "half a jpeg": (lambda: made.photograph()[:500], "file-broken"),
    "half a png": (lambda: made.picture()[:60], "file-broken"),
    "half a document": (lambda: made.document()[:200], "file-broken"),
    "only the sign of a jpeg": (lambda: b"\xff\xd8\xff" + bytes(60), "file-broken"),
    "only the sign of a document": (lambda: b"%PDF-1.7\n", "file-broken"),
    "a png with a bit changed": (
        lambda: made.picture().replace(b"IHDR\0\0", b"IHDR\0\1", 1),
        "file-broken",
    ),
    "moves, png": (lambda: made.animated("PNG"), "file-animated"),
    "moves, webp": (lambda: made.animated("WEBP"), "file-animated"),
    "a bomb": (
        lambda: made.encoded(Image.new("1", (MOST_PIXELS // 5000 + 1, 5000)), "PNG"),
        "file-too-many-pixels",
    ),
    "a hundred million pixels": (
        lambda: made.encoded(Image.new("L", (10_000, 10_000)), "JPEG"),
        "file-too-many-pixels",
    ),
    "a password": (made.with_password, "file-encrypted"),
    "a script": (made.with_script, "file-acts"),
    "a script on opening": (lambda: made.with_action("/JavaScript", JS="x"), "file-acts"),
    "starts a program": (lambda: made.with_action("/Launch", F="cmd.exe"), "file-acts"),
    "sends a form": (lambda: made.with_action("/SubmitForm", F="http://x"), "file-acts"),
    "a file inside": (made.with_file_inside, "file-acts"),
    "a file as a note": (lambda: made.with_annotation("/FileAttachment"), "file-acts"),
    "a film": (lambda: made.with_annotation("/RichMedia"), "file-acts"),
}


@pytest.mark.parametrize("what", BAD)
async def test_what_is_not_taken_is_named(what: str) -> None:
    content, code = BAD[what]
    with pytest.raises(Unfit) as unfit:
        await checked(content())
    assert unfit.value.code == code


async def test_what_grows_beyond_the_limit_is_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    out = io.BytesIO()
    monkeypatch.setattr(examine, "LARGEST", 100)
    with pytest.raises(Unfit, match="file-too-large"):
        examine.examined(io.BytesIO(made.document()), out)
    assert out.getbuffer().nbytes < LARGEST


async def test_the_most_pixels_that_are_taken_stay_within_the_memory_of_their_process() -> None:
    """The largest in the kind that takes most: a PNG with four channels."""
    side = int(MOST_PIXELS**0.5)
    fit, _ = await checked(made.encoded(Image.new("RGBA", (side, side), (9, 9, 9, 9)), "PNG"))
    assert fit.width == LONGEST_SIDE
    most = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * 1024
    print(f"\nfiles: {side * side / 1e6:.0f} million pixels took {most / 2**20:.0f} MiB at most")
    assert most < limits.MEMORY


async def test_the_same_file_comes_out_the_same() -> None:
    """So a form that was sent twice brings it once."""
    for given in (made.photograph(), made.document(), made.picture("WEBP")):
        assert (await checked(given))[0].sha256 == (await checked(given))[0].sha256
