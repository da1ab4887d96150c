"""The one channel by which the site sends messages: an address of apprise's, in which the person's
own stands as `{address}` or their employee number as `{employee}`. It holds passwords: a file."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Self
from urllib.parse import quote

SECRET = "channel_url"  # noqa: S105 - the name of the file
LONGEST_ADDRESS = 200

_MAIL = re.compile(r"mailtos?", re.IGNORECASE)
# What apprise would read as several addresses, or as another one, comes through neither: it cuts
# a domain after ten parts, and knows no part of more than 63 letters.
_WORD = r"[A-Za-z0-9]+(?:[._+-][A-Za-z0-9]+)*"
_MAIL_ADDRESS = re.compile(
    r"(?!.*[^.@]{64})(?!.*\+.*\+)"
    rf"{_WORD}@[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*(?:\.[A-Za-z0-9]+(?:-+[A-Za-z0-9]+)*){{0,8}}\.[A-Za-z]{{2,}}"
)
_CHAT_ADDRESS = re.compile(r"\+?[A-Za-z0-9][A-Za-z0-9_.@-]{0,63}")
_PLACES = re.compile(r"\{(address|employee)\}")


@dataclass(frozen=True)
class Channel:
    """`template` is a secret: it is in no log, no error and no representation."""

    template: str

    @classmethod
    def set_up(cls, template: str) -> Self:
        """Raises `ValueError`, in words that do not quote it."""
        scheme, there, rest = template.partition("://")
        if not there or not re.fullmatch(r"[A-Za-z][A-Za-z0-9]*", scheme):
            raise ValueError("an address begins with the name of a service and ://")
        if not template.isascii() or not template.isprintable() or " " in template:
            raise ValueError("an address has no spaces and no letters beyond ASCII; encode them")
        if len(set(_PLACES.findall(template))) != 1 or re.search(r"[{}]", _PLACES.sub("", rest)):
            raise ValueError("either {address} or {employee} stands where the person's own belongs")
        if "{" in re.split(r"[/?]", rest, maxsplit=1)[0]:
            raise ValueError("whose server it is must not depend on the person")
        return cls(template)

    @classmethod
    def of(cls, secrets: Path) -> Self | None:
        """None where IT has set up nothing. It is read each time, so a new one needs no restart."""
        try:
            return cls.set_up((secrets / SECRET).read_text().strip())
        except (FileNotFoundError, ValueError):
            return None

    @property
    def mails(self) -> bool:
        return bool(_MAIL.fullmatch(self.template.partition("://")[0]))

    @property
    def asks(self) -> bool:
        """People give an address of their own; else their employee number is it."""
        return "{address}" in self.template

    def takes(self, address: str) -> bool:
        """Can it be put in without becoming something else?"""
        wanted = _MAIL_ADDRESS if self.mails else _CHAT_ADDRESS
        return len(address) <= LONGEST_ADDRESS and bool(wanted.fullmatch(address))

    def to(self, address: str) -> str:
        """The whole of apprise's address. Raises `ValueError` for what it does not take."""
        if not self.takes(address):
            raise ValueError("no address for this channel")
        return _PLACES.sub(quote(address, safe=""), self.template)

    def stopping_at(self, url: str) -> str:
        """What tells a mail program where these messages are stopped (RFC 2369, 3.2)."""
        if not self.mails:
            return ""
        sign = "&" if "?" in self.template else "?"
        return f"{sign}{quote('+List-Unsubscribe', safe='')}={quote(f'<{url}>', safe='')}"

    def __repr__(self) -> str:
        return "Channel(…)"
