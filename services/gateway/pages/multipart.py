"""Forms with files (RFC 7578), read as they come: fields into memory, as few as a form has; files
onto the disk, each cut off where it is too large, and only from a form that is ours.
"""

import asyncio
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import BinaryIO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from services.gateway.api.bodies import too_large
from services.gateway.files.kinds import LARGEST, MOST
from services.gateway.problems import Problem

MOST_PARTS = 100
MOST_BYTES = 2 * MOST * LARGEST
"""Of a body. What is beyond the files that are allowed is read and dropped, because a browser shows
no answer before it has sent all; but not without end."""
PATIENCE = 600.0
"""Seconds in which it must have come."""
UNKEPT = "unkept"
"""A field that the reader adds: the names of files that came and are not kept yet, a line each."""

Fields = Mapping[str, str]


@dataclass
class Given:
    """A file as it came. `wrong`: why it was not read to its end, by code."""

    name: str
    content: BinaryIO = field(default_factory=tempfile.TemporaryFile)
    size: int = 0
    wrong: str | None = None

    def write(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.wrong is None and self.size > LARGEST:
            self.refuse("file-too-large")
        if self.wrong is None:
            try:
                self.content.write(piece)
            except OSError:  # the disk is full
                self.refuse("no-room")

    def refuse(self, code: str) -> None:
        """What was read of it is dropped."""
        self.wrong = code
        self.content.close()


class Parts:
    """What the parser has read so far."""

    def __init__(self, limit: int, is_ours: Callable[[Fields], bool]) -> None:
        self.fields: dict[str, str] = {}
        self.files: list[Given] = []
        self.dropped: list[str] = []
        """Names of files in a form that is not ours, or is out of date."""
        self._limit, self._is_ours = limit, is_ours
        self._taken: bool | None = None
        self._parts = self._bytes = 0
        self._header, self._value = bytearray(), bytearray()
        self._options: dict[bytes, bytes] = {}
        self._file: Given | None = None
        self._text: bytearray | None = None

    def on_part_begin(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise too_large(self._limit)
        self._options, self._file, self._text = {}, None, None

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            _, self._options = parse_options_header(bytes(self._value))
        self._header, self._value = bytearray(), bytearray()

    def on_headers_finished(self) -> None:
        if b"filename" not in self._options:
            self._text = bytearray()
            return
        name = self._options[b"filename"].decode(errors="replace")
        if self._taken is None:
            self._taken = self._is_ours(self.fields)
        if not self._taken:
            self.dropped += [name] if name else []
        elif name:  # a field for files that was left empty is sent without a name
            self._file = Given(name)
            self.files.append(self._file)
            if len(self.files) > MOST:
                self._file.refuse("too-many-files")

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is not None:
            self._file.write(data[start:end])
        elif self._text is not None:
            self._bytes += end - start
            if self._bytes > self._limit:
                raise too_large(self._limit)
            self._text += data[start:end]

    def on_part_end(self) -> None:
        if self._text is not None and b"name" in self._options:
            name = self._options[b"name"].decode(errors="replace")
            self.fields.setdefault(name, self._text.decode(errors="replace"))
        self._file, self._text = None, None

    def cut_off(self) -> None:
        """The file that was being read did not come whole."""
        if self._file is not None and self._file.wrong is None:
            self._file.refuse("file-broken")


async def read_parts(
    request: Request,
    limit: int,
    is_ours: Callable[[Fields], bool] = lambda _: False,
    places: asyncio.Semaphore | None = None,
) -> tuple[dict[str, str], list[Given]]:
    """The fields, of `limit` bytes together, and the files, of each no more than is allowed.
    `is_ours` is asked once, with the fields that came before the first file: if it says no, files
    are not kept. Whoever sends files holds one of `places` meanwhile. Raises `Problem` (400, 413,
    422)."""
    _, options = parse_options_header(request.headers["content-type"])
    parts = Parts(limit, is_ours)
    callbacks = {name: getattr(parts, name) for name in dir(parts) if name.startswith("on_")}
    read, held = 0, False
    try:
        parser = MultipartParser(options[b"boundary"], callbacks)  # type: ignore[arg-type]
        async with asyncio.timeout(PATIENCE):
            async for chunk in request.stream():
                parser.write(chunk)
                read += len(chunk)
                if parts.files and places and not held:
                    await places.acquire()
                    held = True
                if read > MOST_BYTES:
                    break
    except (KeyError, FormParserError):
        _close(parts)
        raise Problem(422, "malformed", "this is not multipart/form-data") from None
    except TimeoutError:
        _close(parts)
        raise Problem(400, "too-slow", "the files took too long to come") from None
    except BaseException:
        _close(parts)
        raise
    finally:
        if held and places:
            places.release()
    parts.cut_off()
    unkept = [*parts.dropped, *(each.name for each in parts.files)]
    if unkept:
        parts.fields[UNKEPT] = "\n".join(unkept)
    else:
        parts.fields.pop(UNKEPT, None)
    return parts.fields, parts.files


def _close(parts: Parts) -> None:
    for each in parts.files:
        each.content.close()
