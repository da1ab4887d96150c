"""What a handler refuses."""

from collections.abc import Awaitable
from typing import Any

import pytest

from shared.messages import Refused
from shared.rights import RuleBroken


async def refused(asked: Awaitable[Any]) -> Refused:
    with pytest.raises(RuleBroken) as broken:
        await asked
    return broken.value.answer
