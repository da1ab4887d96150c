"""The scripts that pages carry: ours beside the stylesheets, and those that `make` has fetched.

A page is whole without any of them. Where htmx could not be fetched no script is named at all.
"""

import sys
from pathlib import Path

FETCHED = Path(sys.prefix) / "npm" / "pages" / "node_modules"
LIBRARIES = {
    "htmx.js": FETCHED / "htmx.org" / "dist" / "htmx.min.js",
    "idiomorph.js": FETCHED / "idiomorph" / "dist" / "idiomorph-ext.min.js",
}
"""Name below `/static` → file."""
OURS = ("in-place.js", "live.js")
THERE = all(file.is_file() for file in LIBRARIES.values())
SCRIPTS = (*LIBRARIES, *OURS) if THERE else ()
"""In the order in which they run."""
