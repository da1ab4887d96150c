"""The table that `make bench` prints."""

import io
from collections.abc import Sequence
from statistics import median

from rich import box
from rich.console import Console
from rich.table import Table

from tests.bench.figures import Figure

WIDTH = 140


def table(figures: Sequence[Figure]) -> str:
    """A line a figure: ours, the limit measured beside it, the ratio, what it should reach."""
    drawn = Table(box=box.SIMPLE_HEAD)
    for name in ("what", "ours", "limit", "unit", "ratio", "aim", ""):
        drawn.add_column(name, justify="left" if name in {"what", "unit", ""} else "right")
    for each in figures:
        drawn.add_row(
            f"{each.what}\n  beside {each.beside}",
            number(median(each.ours)),
            number(median(each.limit)),
            each.unit,
            each.ratio_said,
            each.aim,
            "reached" if each.reached else "not reached",
        )
    out = io.StringIO()
    console = Console(file=out, width=WIDTH)
    console.print(drawn)
    for each in figures:
        for note in each.notes:
            console.print(f"{each.what}: {note}", markup=False, highlight=False)
    return out.getvalue().rstrip()


def number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.1f}"
