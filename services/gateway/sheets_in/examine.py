"""The process in which one sheet is read: `python -m services.gateway.sheets_in.examine`.

Standard input is the file; standard output says in JSON what is in it, or why it is not taken.
Whatever is in the file, it can hurt this process alone, and that one may use so much memory and
time and no more.
"""

import json
import sys
from typing import Any, BinaryIO

from services.gateway.files.limits import hold_back
from services.gateway.sheets_in import cells
from services.gateway.sheets_in.kinds import SheetUnfit


def examined(given: BinaryIO) -> dict[str, Any]:
    """The sheet as JSON. Raises `SheetUnfit`."""
    try:
        return cells.read(given).as_json()
    except SheetUnfit:
        raise
    except (MemoryError, RecursionError):
        raise SheetUnfit("sheet-too-heavy") from None
    except Exception:  # of a library which promises no base of its own
        raise SheetUnfit("sheet-broken") from None


def main() -> None:
    hold_back()
    try:
        said = examined(sys.stdin.buffer)
    except SheetUnfit as unfit:
        said = {"unfit": unfit.code}
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
