"""What a process that looks into a file may use, whatever is in the file."""

import resource
from contextlib import suppress

from services.gateway.files.kinds import LARGEST

MEMORY = 1024 * 1024 * 1024
SECONDS = 40
LIMITS = (
    (resource.RLIMIT_AS, MEMORY),
    (resource.RLIMIT_CPU, SECONDS),
    (resource.RLIMIT_FSIZE, 4 * LARGEST),
    (resource.RLIMIT_CORE, 0),
)


def hold_back() -> None:
    """From here on this process may use so much and no more."""
    for what, most in LIMITS:
        with suppress(ValueError, OSError):  # not every system knows each
            resource.setrlimit(what, (most, most))
    with suppress(OSError), open("/proc/self/oom_score_adj", "w") as first:
        first.write("1000")  # where memory runs out, Linux takes this process and no other
