"""Another process looks into a file that somebody has brought, while the site goes on."""

import asyncio
import sys
from collections.abc import Callable, Sequence
from typing import BinaryIO

import structlog

log = structlog.get_logger(__name__)

PATIENCE = 60.0
"""Seconds for one file; the process itself may compute for fewer (`limits.SECONDS`)."""


async def told_by(
    module: str,
    given: BinaryIO,
    *args: str,
    unfit: Callable[[str], Exception],
    pass_fds: Sequence[int] = (),
) -> bytes:
    """What `python -m module` says of the file, which is its standard input. Raises what `unfit`
    makes of `too-heavy` (it took too long, or was killed) or `broken` (it gave up)."""
    given.flush()
    given.seek(0)
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *args,
        stdin=given.fileno(),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,  # a traceback may quote the file
        pass_fds=pass_fds,
    )
    try:
        async with asyncio.timeout(PATIENCE):
            told, _ = await process.communicate()
    except TimeoutError:
        raise unfit("too-heavy") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        log.warning("file not looked into", by=module, code=process.returncode)
        raise unfit("too-heavy" if process.returncode < 0 else "broken")
    return told
