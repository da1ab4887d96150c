"""Has a sheet read, by another process and one at a time, while the site goes on."""

import asyncio
import json
import os
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from services.gateway.files.apart import told_by
from services.gateway.sheets_in.kinds import LARGEST, Sheet, SheetUnfit


@dataclass
class SheetReading:
    """One sheet at a time: reading the largest takes a core for some seconds."""

    _turn: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))

    async def read(self, given: BinaryIO) -> Sheet:
        """A file on the disk, of which all is read. Raises `SheetUnfit`."""
        given.flush()
        if given.seek(0, os.SEEK_END) > LARGEST:
            raise SheetUnfit("sheet-too-large")
        async with self._turn:
            told = await told_by(
                "services.gateway.sheets_in.examine",
                given,
                unfit=lambda why: SheetUnfit(f"sheet-{why}"),
            )
        said: dict[str, Any] = await asyncio.to_thread(json.loads, told)
        if "unfit" in said:
            raise SheetUnfit(said["unfit"])
        return await asyncio.to_thread(Sheet.from_json, said)
