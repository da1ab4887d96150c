"""Elections of union bodies that are to be prepared, from membership's facts."""

from shared.contracts.membership import ElectionDue, ElectionSettled
from shared.database import Session, sql
from shared.reacting import heard


@heard(ElectionDue)
async def keep_election(fact: ElectionDue, session: Session) -> None:
    await session.execute(
        sql("""
            INSERT INTO election (body, kind, unit, since, due_on)
            VALUES (:body, :kind, :unit, :since, :due_on)
            ON CONFLICT (body) DO UPDATE SET kind = excluded.kind, unit = excluded.unit,
                since = excluded.since, due_on = excluded.due_on
        """),
        fact.model_dump(exclude={"due_by"}),
    )


@heard(ElectionSettled)
async def settle_election(fact: ElectionSettled, session: Session) -> None:
    await session.execute(sql("DELETE FROM election WHERE body = :body"), fact.model_dump())
