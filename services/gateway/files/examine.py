"""The process in which one file is looked into: `python -m services.gateway.files.examine FD`.

Standard input is the file, `FD` where it is written anew; standard output says in JSON what became
of it. Whatever is in the file, it can hurt this process alone, and that one may use so much memory
and time and no more.
"""

import base64
import hashlib
import json
import os
import resource
import sys
from contextlib import suppress
from typing import Any, BinaryIO

from services.gateway.files import documents, pictures
from services.gateway.files.kinds import LARGEST, Unfit, kind_of

MEMORY = 1024 * 1024 * 1024
SECONDS = 40
LIMITS = (
    (resource.RLIMIT_AS, MEMORY),
    (resource.RLIMIT_CPU, SECONDS),
    (resource.RLIMIT_FSIZE, 4 * LARGEST),
    (resource.RLIMIT_CORE, 0),
)


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
    for what, most in LIMITS:
        with suppress(ValueError, OSError):  # not every system knows each
            resource.setrlimit(what, (most, most))
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as first:
        first.write("1000")  # where memory runs out, Linux takes this process and no other
    with os.fdopen(int(sys.argv[1]), "w+b") as result:
        try:
            said = examined(sys.stdin.buffer, result)
        except Unfit as unfit:
            said = {"unfit": unfit.code}
    print(json.dumps(said))


if __name__ == "__main__":
    main()
