"""What is held of a person, declared beside the tables that hold it.

From the declarations of a service come the export of somebody's own data, what an erasure does, and
a test that walks PostgreSQL's catalogue: a table or column that nobody has declared fails it.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import text

from shared.contracts.own_data import OwnDataOf, OwnTable
from shared.database import ReadSession, Session
from shared.sealing import decrypt

Row = Mapping[str, Any]
Place = Callable[[Row], tuple[object, ...]]
"""Where an encrypted value is bound to (`shared.sealing`), from the row that holds it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """One table. `whose` is the condition (SQL, of `:people`, all ids of one human being, and what
    the service adds) that finds their rows; without it the table is about nobody, and `because`
    says why what looks otherwise is not.

    `shows` is what the export tells: field → column or expression. `hides` are columns that it
    leaves out, each with the reason, and `untold` a condition for rows that it leaves out. `opens`
    are fields that are encrypted, with their place.

    An erasure deletes the rows (`goes`) or puts the columns of `blanks` to these expressions; of a
    row that stays, each column that could hold words is in `blanks` or, with a reason, in `stays`.
    `alone`: told to the person, and to nobody who acts for them.
    """

    table: str
    whose: str = ""
    untold: str = ""
    shows: Mapping[str, str] = field(default_factory=dict)
    hides: Mapping[str, str] = field(default_factory=dict)
    opens: Mapping[str, Place] = field(default_factory=dict)
    goes: bool = False
    blanks: Mapping[str, str] = field(default_factory=dict)
    stays: Mapping[str, str] = field(default_factory=dict)
    because: str = ""
    alone: bool = False

    def erase(self) -> str | None:
        """The statement; None when nothing of it is touched."""
        if self.goes:
            return f"DELETE FROM {self.table} WHERE {self.whose}"  # noqa: S608 - all of it is ours
        if not self.blanks:
            return None
        put = ", ".join(f"{column} = {value}" for column, value in self.blanks.items())
        return f"UPDATE {self.table} SET {put} WHERE {self.whose}"  # noqa: S608


Inventory = Sequence[Holding]


def of_nobody(table: str, because: str, **columns: str) -> Holding:
    """A table without anything of a person. `columns` that look otherwise say why they are not."""
    return Holding(table=table, because=because, stays=columns)


GONE = "[erased 已删除]"
"""What stands where somebody's own words stood."""
ERASED_NUMBER = "replace(CAST(id AS text), '-', '')"
"""What stands where a number stood: the person's id, which is nobody's number and names nobody."""


def erased_number(person: UUID) -> str:
    return person.hex


KERNEL: Inventory = (
    of_nobody(
        "command",
        "commands by keyed digests; a refusal that repeats a number goes with it",
        digest="a keyed digest",
        body="a keyed digest",
        answer="ids; refusals that repeat a number are deleted (shared.erasing)",
    ),
    of_nobody("aggregate", "counts facts"),
    of_nobody(
        "outbox",
        "facts as they were stated; those of an erased person are put in other words",
        subject="where facts of that kind go",
        payload="ids, codes, days; what says more is redacted (shared.erasing)",
    ),
    of_nobody(
        "redacted", "what is to be deleted from a stream", subject="where facts of that kind go"
    ),
    of_nobody(
        "due",
        "what falls due, by the id of a thing",
        what="a code",
        key="an id",
        error="a kind of fault",
    ),
)
HEARING: Inventory = (
    of_nobody("position", "how far each history was heard", owner="a service"),
    *(
        of_nobody(
            table,
            "facts that were put aside; those of an erased person are redacted (shared.erasing)",
            aggregate="the id of a thing, or `hr` and a number: then the row goes",
            subject="where facts of that kind go",
            raw="as in the outbox",
            error="a kind of fault",
            owner="a service",
            stream="a stream",
            **({"skipped_by": "of the machine", "reason": "the operator's"} if skipped else {}),
        )
        for table, skipped in (("held", False), ("skipped", True))
    ),
)
"""Of the kernel, in each service."""
ROLL: Inventory = (
    of_nobody(
        "unit",
        "HR's tree",
        code="of a unit",
        path="codes of units",
        plant="codes of units",
        provinces="codes and days: where a plant lies",
    ),
    Holding(
        table="person",
        whose="id = ANY(:people)",
        shows={"person": "id", "employee": "employee", "employed": "employed", "stays": "stays"},
        hides={"same_as": "the id of who this turned out to be"},
        blanks={"employee": ERASED_NUMBER},
        stays={
            "employed": "days alone: heads of past days rest on them",
            "stays": "days and ids of units: heads of past days rest on them",
        },
    ),
)
"""The small copy of the roll (`shared.roll`)."""


async def own_data(
    inventory: Inventory,
    session: Session | ReadSession,
    *,
    oneself: bool,
    people: Sequence[UUID],
    employee: str,
    **more: Any,
) -> OwnDataOf:
    """All that the tables hold of one person, in one statement. `people`: their ids, the one
    that they go by first. `oneself`: the person asks; `more` are further parameters of
    conditions."""
    told = [each for each in inventory if each.whose and each.shows and (oneself or not each.alone)]
    parts = " UNION ALL ".join(
        f"SELECT {number}, to_jsonb(held) FROM (SELECT "  # noqa: S608 - all of it is ours
        + ", ".join(f'{value} AS "{name}"' for name, value in each.shows.items())
        + f" FROM {each.table} WHERE ({each.whose}) AND NOT ({each.untold or 'false'})) AS held"
        for number, each in enumerate(told)
    )
    rows: list[list[dict[str, Any]]] = [[] for _ in told]
    given = {"people": list(people)} | more
    for number, row in await session.execute(text(parts), given):
        rows[number].append(_opened(told[number], row, session))
    tables = [
        OwnTable(table=each.table, rows=theirs) for each, theirs in zip(told, rows, strict=True)
    ]
    return OwnDataOf(person=people[0], employee=employee, tables=tables)


def _opened(holding: Holding, row: dict[str, Any], session: Session | ReadSession) -> Any:
    opened = {
        name: row[name] and decrypt(session, bytes.fromhex(row[name][2:]), *place(row))
        for name, place in holding.opens.items()
    }
    return row | opened
