"""The process that speaks to the company's mail or chat, by apprise. It lives as long as there is
something to send: apprise takes 45 MB and threads that wait, which an idle site is spared.

A line of JSON comes in, `{"n", "url", "title", "body"}`; `{"n", "outcome"}` goes out. What is
secret comes by standard input alone, and nothing is said about it anywhere. Run by its path: it
must not need anything of the house.
"""

import json
import logging
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Lock

AT_ONCE = 8


def main() -> None:
    """Until its input ends, also by the death of who started it."""
    logging.disable()
    import apprise

    asset = apprise.AppriseAsset(
        app_id="Tongxin",
        app_desc="Tongxin",
        app_url="",
        storage_mode=apprise.PersistentStoreMode.MEMORY,
        async_mode=False,
    )
    apprise.Apprise(asset=asset).add("json://127.0.0.1")  # loads what all of them need, once
    coming, going = Lock(), Lock()

    def lines() -> Iterator[str]:
        while True:
            with coming:
                line = sys.stdin.readline()
            if not line:
                return
            yield line

    def outcome(asked: dict[str, str]) -> str:
        try:
            one = apprise.Apprise(asset=asset)
            if not one.add(asked["url"]):
                return "unknown"
            if "body" not in asked:
                return "known"
            done = one.notify(asked["body"], asked["title"], body_format=apprise.NotifyFormat.TEXT)
        except Exception:
            return "refused"
        return "sent" if done else "refused"

    def work() -> None:
        for line in lines():
            asked = json.loads(line)
            told = json.dumps({"n": asked["n"], "outcome": outcome(asked)})
            with going:
                sys.stdout.write(told + "\n")
                sys.stdout.flush()

    with ThreadPoolExecutor(AT_ONCE) as pool:
        for _ in range(AT_ONCE):
            pool.submit(work)


if __name__ == "__main__":
    main()
