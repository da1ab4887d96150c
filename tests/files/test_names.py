"""Names of files: whatever comes in, what goes out is harmless."""

import re
import unicodedata
from email.message import Message
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as some

from services.gateway.files.kinds import ENDINGS
from services.gateway.files.names import LONGEST, disposition, safe_name

KINDS = some.sampled_from(sorted(ENDINGS))


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("现场.JPG", "现场.jpg"),
        ("C:\\Users\\me\\a b.jpeg", "a b.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("photo.jpg.exe", "photo.jpg.jpg"),
        ("a\r\nSet-Cookie: x.png", "aSet-Cookie_ x.jpg"),
        ("\u202egpj.exe", "gpj.jpg"),
        ("...", "file.jpg"),
        ("", "file.jpg"),
        ("v1.2 plan", "v1.2 plan.jpg"),
        ('"quoted".jpg', "_quoted_.jpg"),
    ],
)
def test_a_name_is_made_harmless(given: str, kept: str) -> None:
    assert safe_name(given, "image/jpeg") == kept


@given(some.text(max_size=300), KINDS)
def test_every_name_is_safe_on_a_page_in_a_header_and_on_a_disk(name: str, kind: str) -> None:
    safe = safe_name(name, kind)
    stem = safe.removesuffix(f".{ENDINGS[kind]}")
    assert stem
    assert stem != safe
    assert len(stem) <= LONGEST
    assert not set(safe) & set('/\\<>:"|?*%')
    assert not stem.startswith((".", " "))
    assert all(unicodedata.category(each)[0] not in {"C"} for each in safe)
    assert safe_name(safe, kind) == safe


@given(some.text(max_size=300), KINDS, some.booleans())
def test_a_header_says_the_whole_name_and_nothing_more(name: str, kind: str, inline: bool) -> None:
    """RFC 6266, RFC 8187."""
    safe = safe_name(name, kind)
    header = disposition(safe, inline=inline)
    assert re.fullmatch(r"[ -~]+", header)
    message = Message()
    message["Content-Disposition"] = header
    assert message.get_content_disposition() == ("inline" if inline else "attachment")
    params = dict(message.get_params([], header="content-disposition", unquote=True)[1:])
    assert set(params) <= {"filename", "filename*"}
    assert unquote(header.rpartition("''")[2]) == safe
