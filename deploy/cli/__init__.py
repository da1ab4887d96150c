"""`tongxin`: the operator's command."""

import errno
import os
import signal
import sys
from collections.abc import Callable


def command() -> Callable[[], object]:
    """The Typer application; a module of verbs adds its own with `add_to`."""
    import typer

    from deploy.cli import (
        accounts,
        audit,
        board,
        channel,
        company,
        data,
        dead,
        hook,
        hr,
        people,
        rebuild,
        site,
        sites,
    )

    app = typer.Typer(
        name="tongxin",
        help="Tongxin 同心: run a site and look after it. TONGXIN_HOME names its directory.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    site.add_to(app)
    sites.add_to(app)
    data.add_to(app)
    hr.add_to(app)
    people.add_to(app)
    accounts.add_to(app)
    company.add_to(app)
    board.add_to(app)
    channel.add_to(app)
    hook.add_to(app)
    audit.add_to(app)
    dead.add_to(app)
    rebuild.add_to(app)
    return app


def main() -> None:
    """Errors of ours are one sentence on standard error and exit code 1."""
    # Loading takes a second; until it is done there is nothing that Ctrl-C would have to clean up.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    run = command()
    from deploy.local.errors import SiteError

    signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        run()
    except SiteError as error:
        sys.stderr.write(f"tongxin: {error}\n")
        sys.exit(1)
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        sys.stderr.write(f"tongxin: {os.strerror(errno.ENOSPC)}; free some space.\n")
        sys.exit(1)
