"""Rows of payrolls, and what was wrong in them."""

from services.membership.whose import anothers
from shared.numbers_held import spans, within
from shared.personal import Holding, Inventory, Row, of_nobody


def _amounts(row: Row) -> tuple[object, ...]:
    return "payroll_row", "amounts", row["payroll"], row["line"]


def _last_day(table: str) -> str:
    return f"""(SELECT CAST(month + interval '1 month - 1 day' AS date) FROM payroll
        WHERE payroll.id = {table}.payroll)"""  # noqa: S608 - all of it is ours


def _theirs(table: str) -> str:
    """Of a number that is another's too, the months are whose it was on their last days."""
    nobody_ruled = f"""
        NOT EXISTS (SELECT FROM number_held WHERE number_held.number = {table}.number)
    """
    by_number = spans(f"{table}.number", within(_last_day(table)))
    return f"({table}.person = ANY(:people) AND {nobody_ruled} OR {by_number})"


DUES: Inventory = (
    Holding(
        table="payroll_row",
        whose=_theirs("payroll_row"),
        untold=anothers(_last_day("payroll_row")),
        shows={
            "payroll": "payroll",
            "line": "line",
            "month": "(SELECT month FROM payroll WHERE payroll.id = payroll_row.payroll)",
            "number": "number",
            "verdict": "verdict",
            "owed_and_withheld": "amounts",
            "money": "money",
            "wrong": "wrong",
        },
        opens={"owed_and_withheld": _amounts},
        blanks={"number": "NULL"},
        stays={
            "amounts": "the books must balance: fen, encrypted, of a person without a name",
            "money": "a code",
            "wrong": "a code",
            "verdict": "a code",
        },
        because="books of account are kept (会计档案管理办法 2015)",
    ),
    Holding(
        table="dues_fault",
        whose=_theirs("dues_fault"),
        untold=anothers(_last_day("dues_fault")),
        shows={
            "month": "(SELECT month FROM payroll WHERE payroll.id = dues_fault.payroll)",
            "kind": "kind",
            "number": "number",
            "why": "why",
            "settled": "settled",
            "settled_on": "settled_on",
        },
        hides={
            "id": "an id",
            "payroll": "an id",
            "place": "a number in a list",
            "lines": "of a sheet",
            "settled_by": "somebody else",
        },
        blanks={"number": "NULL"},
        stays={
            "kind": "a code",
            "why": "a code",
            "settled": "a code",
            "settled_by": "the id of who settled it",
            "lines": "numbers of lines",
        },
        because="books of account are kept (会计档案管理办法 2015)",
    ),
    of_nobody(
        "payroll",
        "sums of a month",
        state="a code",
        verdict="by which rule",
        found="counts",
        opened_by="the id of who did it, or the account of a system",
        booked_by="the id of who did it, or the account of a system",
        reversed_by="the id of who did it, or the account of a system",
        reason="why a whole month was taken back",
    ),
    of_nobody(
        "fund_receipt",
        "money of the firm",
        reference="of the bank's slip",
        entered_by="the id of who did it, or the account of a system",
        taken_back_by="the id of who did it, or the account of a system",
        reason="why money was entered wrongly",
    ),
)
