"""The process in which one file is looked into: `python -m services.gateway.files.examine FD`.

Standard input is the file, `FD` where it is written anew; standard output says in JSON what became
of it. Whatever is in the file, it can hurt this process alone, and that one may use so much memory
and time and no more.
"""

import base64
import hashlib
import json
import os
import sys
from typing import Any, BinaryIO

from services.gateway.files import documents, pictures
from services.gateway.files.kinds import LARGEST, Unfit, kind_of
from services.gateway.files.limits import hold_back


def examined(given: BinaryIO, result: BinaryIO) -> dict[str, Any]:
    """What there is to say of a good one. Raises `Unfit`."""
    kind = kind_of(given)
    try:
        if kind == "application/pdf":
            documents.write_anew(given, result)
            seen: dict[str, Any] = {"kind": kind}
        else:
            picture = pictures.write_anew(kind, given, result)
            preview = base64.b64encode(picture.preview).decode()
            seen = vars(picture) | {"preview": preview}
    except Unfit:
        raise
    except (MemoryError, RecursionError):
        raise Unfit("file-too-heavy") from None
    except Exception:  # of two libraries, which promise no base of their own
        raise Unfit("file-broken") from None
    result.flush()
    size = result.seek(0, os.SEEK_END)
    if size > LARGEST:
        raise Unfit("file-too-large")
    result.seek(0)
    return seen | {"size": size, "sha256": hashlib.sha256(result.read()).hexdigest()}


def main() -> None:
    hold_back()
    with os.fdopen(int(sys.argv[1]), "w+b") as result:
        try:
            said = examined(sys.stdin.buffer, result)
        except Unfit as unfit:
            said = {"unfit": unfit.code}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
