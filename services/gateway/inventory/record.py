"""What the gateway keeps of its own: accounts, the audit log, files, the directory, what HR was
told."""

from shared.calendar import SHANGHAI
from shared.numbers_held import spans, within
from shared.personal import Holding, Inventory, of_nobody

_DAY = f"CAST({{at}} AT TIME ZONE '{SHANGHAI.key}' AS date)"


def _on_the_day(number: str, at: str) -> str:
    """A number that is another's too was theirs at that moment."""
    return spans(number, within(_DAY.format(at=at)))


# An account that is older than the ruling by which a number was given opens nothing of theirs
# (`tokens.py`): whose it was, nobody knows for sure.
_OWN_ACCOUNTS = f"""
    ({_on_the_day("account.employee", "account.made_at")} AND NOT EXISTS (
        SELECT FROM person WHERE person.id = ANY(:people) AND person.given = account.employee
            AND account.made_at <= person.given_at))
"""
_ACCOUNTS = f"(SELECT name FROM account WHERE {_OWN_ACCOUNTS})"  # noqa: S608
_OF_ACCOUNTS = f"(SELECT id FROM audit_name WHERE name IN {_ACCOUNTS})"  # noqa: S608


def _named(column: str) -> str:
    """What stands there in an entry is one of their accounts, or numbers as they were then."""
    return f"""
        ({column} IN {_OF_ACCOUNTS} OR {column} IN (
            SELECT id FROM audit_name WHERE name = ANY(:numbers)
        ) AND EXISTS (
            SELECT FROM audit_name AS named
            WHERE named.id = {column} AND {_on_the_day("named.name", "audit_entry.at")}
        ))
    """  # noqa: S608


_AUDITED = f"""
    (audit_entry.person = ANY(:people) OR about = ANY(:people)
        OR {_named("account")} OR {_named("about")})
"""
# That an auditor looks into the log is an examination: not told to those it is about.
_TOLD = "(audit_entry.person = ANY(:people) OR NOT starts_with(subject, '/audit'))"
_OWN_NAME = "(SELECT name FROM audit_name WHERE id = {column} AND {named})"
# By which the directory was last told, and so of whom.
_THEIR_RESOURCE = _on_the_day("employee", "modified_at")

_OF_AN_ADDRESS = {
    "url": "of a system",
    "kinds": "codes",
    "why_off": "a code",
    "secret": "encrypted",
    "older_secret": "encrypted",
}

RECORD: Inventory = (
    Holding(
        table="audit_entry",
        whose=f"{_AUDITED} AND coalesce({_TOLD}, false)",
        shows={
            "at": "at",
            "what": "what",
            "subject": "subject",
            # Of others the person is told posts and names, at /me/readings.
            "account": _OWN_NAME.format(column="account", named=_named("account")),
            # Whom an officer read about is somebody else.
            "about": _OWN_NAME.format(column="about", named=_named("about")),
            "code": "code",
        },
        hides={"id": "a number", "person": "the person's id", "trace_id": "an id"},
        stays={"what": "a code", "subject": "a door", "code": "a code", "trace_id": "an id"},
        because="added to and never changed (decision 0028): it holds ids, whose names go",
    ),
    Holding(
        table="audit_name",
        whose=f"name = ANY(:numbers) OR name IN {_ACCOUNTS}",
        shows={"name": "name"},
        hides={"id": "an id", "salt": "makes the id"},
        blanks={"salt": "NULL", "name": "NULL"},
    ),
    of_nobody("audit_seal", "digests", chain="a digest", signature="a signature"),
    *(
        Holding(
            table=table,
            whose=f"account IN {_ACCOUNTS}",
            shows=shows,
            hides=hides,
            goes=True,
        )
        for table, shows, hides in (
            (
                "session",
                {
                    "begun_at": "begun_at",
                    "expires_at": "expires_at",
                    "kind": "kind",
                    "seen_at": "seen_at",
                    "agent": "agent",
                    "issuer": "issuer",
                    "roles": "roles",
                },
                {"token_hash": "a digest", "id": "an id", "account": "told with the account"},
            ),
            (
                "known_browser",
                {"seen_at": "seen_at"},
                {"token_hash": "a digest", "account": "told with the account"},
            ),
            ("news_seen", {"seen_until": "seen_until"}, {"account": "told with the account"}),
            (
                "digest",
                {
                    "every": "every",
                    "hour": "hour",
                    "language": "language",
                    "sent_at": "sent_at",
                },
                {
                    "address": "encrypted; shown at /account/messages",
                    **dict.fromkeys(
                        ("due_at", "told_until", "taken_until", "tries", "failing_since"),
                        "the clock's",
                    ),
                    "account": "told with the account",
                },
            ),
            (
                "digest_asked",
                {"every": "every", "hour": "hour", "language": "language"},
                {
                    "address": "encrypted",
                    "code": "a digest",
                    "expires_at": "the clock's",
                    "tries": "the clock's",
                    "account": "told with the account",
                },
            ),
        )
    ),
    Holding(
        table="follow",
        whose="follower = ANY(:followers)",
        shows={"proposal": "proposal"},
        hides={"follower": "a keyed digest", "known_until": "the clock's"},
        goes=True,
        alone=True,
    ),
    Holding(
        table="account",
        whose=_OWN_ACCOUNTS,
        shows={
            "name": "name",
            "employee": "employee",
            "roles": "roles",
            "active": "active",
            "made_at": "made_at",
            "pin_set_at": "pin_set_at",
        },
        hides={
            "password_hash": "a digest that nobody is shown",
            "pin_hash": "a digest that nobody is shown",
            "demo": "of the demo",
            "must_change": "of the password",
            "pin_given": "of the PIN",
            "closed_by_directory": "why it is closed",
        },
        goes=True,
    ),
    Holding(
        table="scim_told",
        whose=spans(
            "scim_told.employee",
            f"""EXISTS (SELECT FROM scim_user AS known WHERE known.employee = scim_told.employee
                AND {within(_DAY.format(at="known.modified_at"))})""",
        ),
        shows={"employee": "employee", "told": "told"},
        goes=True,
    ),
    Holding(
        table="scim_member",
        whose=f"who IN (SELECT id FROM scim_user WHERE {_THEIR_RESOURCE})",  # noqa: S608
        shows={
            "group": "(SELECT display_name FROM scim_group WHERE scim_group.id = in_group)",
        },
        goes=True,
    ),
    Holding(
        table="scim_user",
        whose=_THEIR_RESOURCE,
        shows={
            name: name
            for name in (
                "id",
                "user_name",
                "external_id",
                "formatted",
                "display_name",
                "title",
                "active",
                "employee_number",
                "employee",
                "unit",
                "created_at",
                "modified_at",
            )
        },
        hides={"version": "a number"},
        goes=True,
    ),
    Holding(
        table="scim_event",
        whose=spans(
            "(raw -> 'data' ->> 'employee')", within("CAST(raw -> 'data' ->> 'on' AS date)")
        ),
        shows={"said": "raw -> 'data'", "kept_at": "kept_at"},
        hides={"place": "a number"},
        goes=True,
    ),
    of_nobody(
        "erased_number",
        "numbers that must not come back, as seals",
        number="a keyed digest",
        person="the id that is left",
    ),
    of_nobody(
        "scim_group",
        "a group of the directory",
        external_id="of a group",
        display_name="of a group",
    ),
    Holding(
        table="file",
        whose="part = 'matter' AND proposal IN ("
        "SELECT id FROM proposal WHERE author = ANY(:people))",
        shows={
            "file": "id",
            "proposal": "proposal",
            "name": "name",
            "shows": "shows",
            "kind": "kind",
            "size": "size",
            "taken_off_on": "taken_off_on",
        },
        hides={
            **dict.fromkeys(
                ("width", "height", "preview_width", "preview_height", "sha256", "preview"),
                "of the file itself, which is at the proposal",
            ),
            "bundle": "a keyed digest",
            "waits_until": "of files that are not sent yet",
            "part": "told",
        },
        goes=True,
        because="goes when the proposal's words go (proposal-redacted): also a hidden author's",
    ),
    of_nobody("file_piece", "a piece of a file, gone with it", bytes="of the file"),
    of_nobody(
        "sheet_in",
        "a sheet on its way in, sealed, for a day; one with the number of who is erased goes",
        kind="a code",
        whose="a keyed digest",
        sheet="encrypted",
        asked="encrypted",
        columns="which column is which",
        state="a code",
        account="encrypted: what would become of each row",
    ),
    of_nobody(
        "sheet_columns",
        "which column is which",
        kind="a code",
        header="a digest",
        columns="which column is which",
    ),
    of_nobody("back_subscription", "an address of HR's system", **_OF_AN_ADDRESS),
    of_nobody("back_attempt", "goes with its delivery", outcome="a code"),
    Holding(
        table="back_delivery",
        whose="event IN (SELECT id FROM back_event WHERE person = ANY(:people))",
        shows={"what": "kind", "state": "state", "told_at": "last_at"},
        hides={
            "event": "told with the event",
            "subscription": "an id",
            **dict.fromkeys(("place", "due_at", "tries", "outcome", "status"), "the clock's"),
        },
        goes=True,
    ),
    Holding(
        table="back_event",
        whose="person = ANY(:people)",
        shows={"event": "id", "kind": "kind", "fact": "fact", "stated_at": "stated_at"},
        hides={"person": "the person's id", "kept_at": "the clock's"},
        goes=True,
        because="what HR has been told HR has; here the row goes",
    ),
    of_nobody("unsent_form", "sealed, for ten minutes", id="a digest", sealed="encrypted"),
    of_nobody("sign_in_try", "buckets by keyed digests", who="a keyed digest"),
    of_nobody("used_answer", "answers of the provider", state="a digest"),
    of_nobody("board", "a display of a unit", code_hash="a digest", token_hash="a digest"),  # noqa: S106
)
