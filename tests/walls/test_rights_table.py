"""Who may do what, as a table: `docs/rights.md` is what the doors say of themselves.

A right that changes fails here: write the table anew with
`GOLDEN=write make test ARGS=tests/walls/test_rights_table.py` and look at the difference.
`test_rights.py` tries on a running site that every door does what it says.
"""

import os
from collections.abc import Callable

from services.gateway.app import create_app
from services.gateway.site import Site
from shared.settings import Settings
from tests.conftest import ROOT
from tests.walls.doors import doors_of
from tests.walls.rights_table import table

FILE = ROOT / "docs" / "rights.md"


def test_the_table_of_rights_is_what_the_doors_say(settings: Callable[[str], Settings]) -> None:
    now = table({route: door for route, door in doors_of(settings("gateway")).items() if door})
    if os.environ.get("GOLDEN") == "write":
        FILE.write_text(now, encoding="utf-8")
    assert FILE.read_text(encoding="utf-8") == now, "write the table anew (GOLDEN=write)"


def test_the_document_of_the_api_says_for_whom_each_endpoint_is(
    settings: Callable[[str], Settings],
) -> None:
    paths = create_app(Site(settings("gateway"))).openapi()["paths"]
    said = {
        f"{method.upper()} {path}": each["description"]
        for path, methods in paths.items()
        for method, each in methods.items()
    }
    for route, door in doors_of(settings("gateway")).items():
        if door and route in said:
            assert door.for_whom.line() in said[route], route
