"""Charts, drawn by pygal as pictures of their own: pages allow no style inside them, and a picture
that is loaded as one runs nothing. What it shows stands as a table beside it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import pygal
from pygal.style import Style
from starlette.responses import Response

from services.gateway.pages.languages import gettext, month, number
from services.gateway.pages.words import STANDS, word
from services.gateway.views.months import Month
from services.gateway.views.plant import ProposalStates

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
    "Vary": "Accept-Language, Cookie",
}
TOKENS = (Path(__file__).parent.parent / "static" / "tokens.css").read_text(encoding="utf-8")
"""The colours of the pages, light and dark; their names mean the same in a picture."""
COLOURS = ("var(--act)", "var(--good)", "var(--wait)", "var(--late)", "var(--ink)")
DASHES = ("none", "9 4", "3 3", "14 4 3 4", "1 4")
LOOK = {
    "background": "transparent",
    "plot_background": "transparent",
    "foreground": "var(--ink)",
    "foreground_strong": "var(--ink)",
    "foreground_subtle": "var(--line)",
    "guide_stroke_color": "var(--line)",
    "major_guide_stroke_color": "var(--line)",
    "font_family": "var(--letters)",
    "label_font_size": 15,
    "major_label_font_size": 15,
    "legend_font_size": 15,
    "value_font_size": 15,
    "no_data_font_size": 24,
    "opacity": "1",
    "opacity_hover": "1",
    "transition": "0s",
}

SETTINGS = {
    "css": ("file://style.css", "file://graph.css", f"inline:{TOKENS}"),
    "js": (),
    "width": 720,
    "height": 340,
    "margin": 12,
    "legend_at_bottom": True,
    "legend_box_size": 15,
    "include_x_axis": True,
    "min_scale": 1,
    "max_scale": 5,
    "truncate_label": -1,
    "truncate_legend": -1,
    "formatter": number,
}


def _without_scripts(drawn: Element) -> Element:
    """Pygal leaves its settings for a script that we do not have."""
    for above in [*drawn.iter()]:
        for script in above.findall("script"):
            above.remove(script)
    return drawn


def states(seen: ProposalStates) -> Response:
    """How many proposals stand how, as of the day."""
    counts = seen.model_dump()
    labels = [word(STANDS, code) for code in STANDS]
    return bars(labels, {gettext("Proposals"): [counts[code] for code in STANDS]})


def by_month(seen: Sequence[Month]) -> Response:
    """What was submitted and what was answered."""
    return bars(
        [month(each.month, brief=True) for each in seen],
        {
            gettext("Submitted"): [each.submitted for each in seen],
            gettext("Answered"): [each.answered for each in seen],
        },
    )


def bars(labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> Response:
    """A group of bars a label, a bar of it a series; zero has no bar."""
    ink = ("var(--ink)",) * len(series)
    chart = pygal.Bar(
        style=Style(**LOOK, colors=COLOURS[: len(series)], value_colors=ink),
        print_values=True,
        print_values_position="top",
        print_zeroes=False,
        **SETTINGS,
    )
    return _drawn(
        chart, labels, {name: [value or None for value in all] for name, all in series.items()}
    )


def lines(labels: Sequence[str], series: Mapping[str, Sequence[int]]) -> Response:
    """A line a series, each with dashes of its own, for not everybody tells colours apart."""
    chart = pygal.Line(
        style=Style(**LOOK, colors=COLOURS[: len(series)]),
        x_label_rotation=30,
        **SETTINGS,
    )
    return _drawn(chart, labels, series, dashes=DASHES)


def _drawn(
    chart: Any,
    labels: Sequence[str],
    series: Mapping[str, Sequence[int | None]],
    dashes: Sequence[str] = (),
) -> Response:
    chart.no_data_text = gettext("None just now.")
    chart.add_xml_filter(_without_scripts)
    chart.x_labels = labels
    for place, (name, values) in enumerate(series.items()):
        dashed = {"width": 3, "dasharray": dashes[place % len(dashes)]} if dashes else None
        chart.add(name, values, **({"stroke_style": dashed} if dashed else {}))
    return Response(chart.render(), headers=HEADERS, media_type="image/svg+xml")
