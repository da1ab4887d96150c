"""Kills processes of a site from outside, at random but repeatably."""

import asyncio
import os
import signal
from collections import Counter
from collections.abc import Sequence
from random import Random

from deploy.local.home import Home
from deploy.local.supervise import Supervisor


async def kill_at_random(
    home: Home, *, kills: int, seed: int, among: Sequence[str], pause: tuple[float, float]
) -> Counter[str]:
    """`kill -9` of a random process of the site every so often; returns how often each died."""
    chance = Random(seed)
    done: Counter[str] = Counter()
    while done.total() < kills:
        await asyncio.sleep(chance.uniform(*pause))
        programs = {each.name: each for each in Supervisor(home).programs()}
        name = chance.choice(among)
        if programs[name].pid:
            os.kill(programs[name].pid, signal.SIGKILL)
            done[name] += 1
    return done
