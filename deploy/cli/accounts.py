"""`tongxin account`: who may sign in, with a password or a PIN. Neither is ever an argument."""

import json
import re
import sys
from collections.abc import Callable
from typing import Annotated

import typer

from deploy.cli.site import running, say
from deploy.local.errors import SiteError
from deploy.local.gateway import door_settings, in_gateway, pin_key
from deploy.local.home import Home
from deploy.local.record import note
from services.gateway.accounts import (
    AccountSeen,
    accounts,
    close_account,
    keep_account,
    open_account,
    set_roles,
)
from services.gateway.passwords import hashed_password, must_be_a_password, set_password
from services.gateway.pins import end_at_kiosks, must_be_a_pin, pin_of, set_pin, take_pin
from services.gateway.sessions import end_all
from shared.database import Session
from shared.rights import RuleBroken

ACCOUNT_ROLES = ("hr", "auditor", "it")
account = typer.Typer(
    help="Accounts: add, password, pin, roles, disable, enable, list.", no_args_is_help=True
)

Name = Annotated[str, typer.Argument(help="Small letters, digits, dots and hyphens.")]
RoleOption = Annotated[
    list[str] | None, typer.Option(help="hr, auditor or it; other roles follow from posts.")
]


@account.command()
def add(
    name: Name,
    employee: Annotated[str | None, typer.Option(help="The employee number behind it.")] = None,
    role: RoleOption = None,
) -> None:
    """Make an account, or set it anew. The password is asked for, or read from a pipe; its owner
    must choose another when signing in for the first time."""
    home = running(Home.from_environment())
    roles = role or []
    if not re.fullmatch(r"[a-z][a-z0-9.-]{0,63}", name):
        raise SiteError(f"{name!r} is no name for an account: small letters, digits, . and -.")
    _must_be_of_accounts(roles)
    if employee is not None and not re.fullmatch(r"[^\s/\x00-\x1f]{1,32}", employee):
        raise SiteError("An employee number is 1 to 32 characters without spaces and slashes.")
    password = _password(name)

    async def keep(session: Session) -> None:
        await keep_account(
            session, name, employee=employee, roles=roles, password=password, must_change=True
        )
        await end_all(name, session)

    in_gateway(home, keep)
    note(home, "account added", account=name, roles=roles)
    say(f"account {name} is ready; at the first sign-in it asks for a password of its owner's own")


@account.command()
def password(name: Name) -> None:
    """Give an account a new password, read as by `add`. All its sessions end."""
    home = running(Home.from_environment())
    given = _password(name)

    async def change(session: Session) -> bool:
        hashed = await hashed_password(given)
        done = await set_password(session, name, hashed, must_change=True)
        await end_all(name, session)
        return done

    if not in_gateway(home, change):
        raise SiteError(f"There is no open account {name!r} on this site.")
    note(home, "password given", account=name)
    say(f"account {name} has a new password; at the next sign-in it must be changed")


@account.command()
def pin(
    name: Name,
    remove: Annotated[bool, typer.Option("--remove", help="None any more.")] = False,
) -> None:
    """Give an account a PIN for the kiosk, six digits, read as a password is. It opens nothing but
    the choice of another. Its sessions at kiosks end."""
    home = running(Home.from_environment())
    if remove:
        if not in_gateway(home, lambda session: take_pin(session, name)):
            raise SiteError(f"There is no account {name!r} on this site.")
        note(home, "PIN removed", account=name)
        say(f"account {name} has no PIN any more")
        return
    found = in_gateway(home, lambda session: pin_of(session, name))
    if found is None:
        raise SiteError(f"There is no open account {name!r} on this site.")
    badge = found.badge
    if badge is None:
        raise SiteError(f"Account {name!r} has no employee number, so it has no badge.")
    given = _asked_for("PIN", lambda given: must_be_a_pin(given, badge))

    async def change(session: Session) -> bool:
        done = await set_pin(session, name, await pin_key(home).hashed(given), given=True)
        await end_at_kiosks(session, name)
        return done

    if not in_gateway(home, change):
        raise SiteError(f"There is no open account {name!r} on this site.")
    note(home, "PIN given", account=name)
    say(f"account {name} has a new PIN; at the first sign-in at a kiosk it must be changed")


@account.command()
def roles(name: Name, role: RoleOption = None) -> None:
    """Give an account these roles and no others; without any it has none. An account that a
    first sign-in with the company account has made is given its roles this way."""
    home = running(Home.from_environment())
    given = role or []
    _must_be_of_accounts(given)
    if not in_gateway(home, lambda session: set_roles(session, name, given)):
        raise SiteError(f"There is no account {name!r} on this site.")
    note(home, "roles given", account=name, roles=given)
    say(f"account {name} has the roles: {', '.join(given) or 'none'}")


@account.command()
def disable(name: Name) -> None:
    """Close an account: its sessions end and nobody signs in. `enable` opens it again."""
    home = running(Home.from_environment())
    if not in_gateway(home, lambda session: close_account(session, name)):
        raise SiteError(f"There is no account {name!r} on this site.")
    note(home, "account disabled", account=name)
    say(f"account {name} is closed")


@account.command()
def enable(name: Name) -> None:
    """Open a closed account as it was, with its password, if it has one."""
    home = running(Home.from_environment())
    if not in_gateway(home, lambda session: open_account(session, name)):
        raise SiteError(f"There is no account {name!r} on this site.")
    note(home, "account enabled", account=name)
    say(f"account {name} is open")


@account.command("list")
def list_all(
    as_json: Annotated[bool, typer.Option("--json", help="For scripts.")] = False,
) -> None:
    """All accounts, with what they may beside their posts, and how many sessions are open."""
    idle = door_settings().idle
    found = in_gateway(running(Home.from_environment()), lambda session: accounts(session, idle))
    if as_json:
        say(json.dumps([each._asdict() for each in found], ensure_ascii=False))
        return
    for each in found:
        say(_line(each))


def _must_be_of_accounts(roles: list[str]) -> None:
    if unknown := set(roles) - set(ACCOUNT_ROLES):
        raise SiteError(
            f"{min(unknown)!r} is no role of accounts ({', '.join(ACCOUNT_ROLES)}); "
            "leader, officer, chair, manager and director follow from posts: appoint-post."
        )


def _line(one: AccountSeen) -> str:
    signs = [
        *one.roles,
        *(["closed"] if not one.active else []),
        *(["must change the password"] if one.must_change else []),
        *(["no password"] if not one.has_password else []),
        *(["PIN"] if one.has_pin else []),
        *(["demo"] if one.demo else []),
    ]
    return (
        f"{one.name:<24} {one.employee or '-':<16} {one.sessions:>3} open  {', '.join(signs)}"
    ).rstrip()


def _password(name: str) -> str:
    return _asked_for("password", lambda given: must_be_a_password(given, name))


def _asked_for(what: str, must_be_good: Callable[[str], None]) -> str:
    """From the terminal without echo, twice; or one line of standard input."""
    if sys.stdin.isatty():
        given: str = typer.prompt(what, hide_input=True, confirmation_prompt=True)
    else:
        given = sys.stdin.readline().rstrip("\r\n")
    try:
        must_be_good(given)
    except RuleBroken as broken:
        said = broken.answer.detail
        raise SiteError(f"{said[0].upper()}{said[1:]}.") from None
    return given


def add_to(app: typer.Typer) -> None:
    app.add_typer(account, name="account")
