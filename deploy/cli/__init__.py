"""`tongxin`: the operator's command."""

import sys

import typer

from deploy.cli import data, people, site
from deploy.local.errors import SiteError

app = typer.Typer(
    name="tongxin",
    help="Tongxin 同心: run a site and look after it. TONGXIN_HOME names its directory.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
site.add_to(app)
data.add_to(app)
people.add_to(app)


def main() -> None:
    """Errors of ours are one sentence on standard error and exit code 1."""
    try:
        app()
    except SiteError as error:
        sys.stderr.write(f"tongxin: {error}\n")
        sys.exit(1)
