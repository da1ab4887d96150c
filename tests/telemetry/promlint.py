"""The rules of Prometheus for names and types, as `promtool check metrics` has them."""

import re
import shutil
import subprocess
from collections.abc import Iterable

from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families

NAME = re.compile(r"[a-z_][a-z0-9_]*")
ABBREVIATED = {"s", "ms", "us", "ns", "sec", "b", "kb", "mb", "gb", "m", "h", "d"}
NOT_BASE = {
    "milliseconds",
    "microseconds",
    "nanoseconds",
    "minutes",
    "hours",
    "days",
    "kilobytes",
    "megabytes",
    "percent",
}
RESERVED = {"le", "quantile"}


def problems(exposition: str) -> list[str]:
    """What promtool would say; asks it too where it is installed."""
    found = [
        f"{family.name}: {problem}"
        for family in text_string_to_metric_families(exposition)
        for problem in _of(family)
    ]
    if promtool := shutil.which("promtool"):
        said = subprocess.run(
            [promtool, "check", "metrics"],
            input=exposition.encode(),
            capture_output=True,
            check=False,
        )
        found += (said.stdout + said.stderr).decode().splitlines()
    return found


def _of(family: Metric) -> Iterable[str]:
    words = family.name.split("_")
    if not NAME.fullmatch(family.name):
        yield "names are lower case words joined by _"
    if not family.documentation:
        yield "no help text"
    if family.type in {"untyped", "unknown"}:
        yield "no type"
    if family.type in words:
        yield "the name repeats the type"
    if found := ABBREVIATED & set(words[1:]):
        yield f"abbreviated unit {found}"
    if found := NOT_BASE & set(words):
        yield f"not a base unit {found}"
    if family.type != "counter" and words[-1] == "total":
        yield "only counters end in _total"
    if family.type not in {"histogram", "summary"} and words[-1] in {"count", "sum", "bucket"}:
        yield "this ending is for histograms and summaries"
    for sample in family.samples:
        if family.type == "counter" and not sample.name.endswith("_total"):
            yield "counters end in _total"
        if family.type not in {"histogram", "summary"} and RESERVED & set(sample.labels):
            yield "a label that is kept for histograms and summaries"
        if any(not NAME.fullmatch(label) for label in sample.labels):
            yield "labels are lower case words joined by _"
