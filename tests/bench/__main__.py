"""`make bench`: what we reach beside what the bare parts do, in one run on one machine."""

import json
import os
import sys
import tempfile
import time
import traceback
from collections.abc import Awaitable, Callable
from pathlib import Path

import uvloop

from tests.bench import commands, feed, members, memory, pages, rebuild, relay, views, visible
from tests.bench.figures import Figure
from tests.bench.machine import Machine
from tests.bench.rig import Rig
from tests.bench.table import table
from tests.running import running_site, tokens

Measure = Callable[[Rig], Awaitable[list[Figure]]]
MEASURES: dict[str, Measure] = {
    "memory": memory.measure,  # first, while the site is idle
    "commands": commands.measure,
    "visible": visible.measure,
    "relay": relay.measure,
    "view": views.measure,
    "feed": feed.measure,  # late, it leaves many people behind
    "rebuild": rebuild.measure,  # of what the others left
    "pages": pages.measure,  # it fills the views past all facts, and empties them again
    "members": members.measure,  # last, it fills the views past all facts
}


def wanted() -> list[str]:
    """`ONLY=commands,view`, else all. Ends the run for a name that is none."""
    names = [name for name in os.environ.get("ONLY", "").split(",") if name]
    strange = set(names) - set(MEASURES)
    if strange:
        sys.exit(f"ONLY: no measurement is called {', '.join(strange)}; {', '.join(MEASURES)} are")
    return [name for name in MEASURES if name in names or not names]


async def main() -> int:
    """Returns how many measurements broke off."""
    names, broken = wanted(), 0
    measured: dict[str, list[Figure]] = {}
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as directory:
        async with running_site(Path(directory) / "home") as home:
            rig = Rig(
                home,
                await tokens(home),
                Path(directory),
                seconds=float(os.environ.get("SECONDS_EACH", "10")),
                rounds=int(os.environ.get("ROUNDS", "2")),
                events=int(os.environ.get("FEED", "20000")),
            )
            machine = await Machine.look(home)
            for name in names:
                print(f"measuring {name} …", file=sys.stderr, flush=True)
                try:
                    measured[name] = await MEASURES[name](rig)
                except Exception:
                    traceback.print_exc()
                    broken += 1
    run = {
        "seconds_each": rig.seconds,
        "rounds": rig.rounds,
        "seconds": round(time.monotonic() - begun),
        "load_after": round(os.getloadavg()[0], 1),
    }
    told = {
        "machine": machine.as_json(),
        "run": run,
        "figures": {name: [each.as_json() for each in found] for name, found in measured.items()},
    }
    Path("bench.json").write_text(json.dumps(told, indent=2, ensure_ascii=False) + "\n")
    print(table([each for found in measured.values() for each in found]))
    print(machine.said())
    print(
        f"{rig.rounds} runs of {rig.seconds:g} s each, ours and the limit in turn, medians; "
        f"{run['seconds']} s in all, load after {run['load_after']}; bench.json has every run"
    )
    return broken


if __name__ == "__main__":
    sys.exit(min(1, uvloop.run(main())))
