"""Is it valid HTML? Two judges: html5lib, which parses as the standard says and names each parse
error, and html-validate, which knows what may stand in what and what an attribute may say."""

import json
from collections.abc import Mapping
from pathlib import Path

import html5lib

from tests.npm import checked

HERE = Path(__file__).parent / "html"


def wrongs(pages: Mapping[str, str]) -> list[str]:
    """Each with its page; none: all are valid."""
    said: dict[str, list[str]] = json.loads(checked("html-validate", HERE, json.dumps(pages)))
    for place, html in pages.items():
        parser = html5lib.HTMLParser()
        parser.parse(html)
        said[place] += [f"{at[0]}:{at[1]} {code} {more}" for at, code, more in parser.errors]
    return [f"{place} {wrong}" for place, found in said.items() for wrong in found]
