"""That the union has something to say to a person about their membership, from membership's facts.
What it is, no view knows."""

from shared.contracts.membership import NoticeClosed, NoticeGiven
from shared.database import Session, sql
from shared.reacting import heard


@heard(NoticeGiven)
async def keep_notice(fact: NoticeGiven, session: Session) -> None:
    await session.execute(
        sql("""
            INSERT INTO notice (notice, person, due_on, told_at, closed)
            VALUES (:notice, :person, :due_on, :at, false)
            ON CONFLICT (notice) DO UPDATE SET person = excluded.person,
                due_on = excluded.due_on, told_at = excluded.told_at, closed = false
        """),
        fact.model_dump() | {"at": fact.time},
    )


@heard(NoticeClosed)
async def close_notice(fact: NoticeClosed, session: Session) -> None:
    """They are told that too."""
    await session.execute(
        sql("UPDATE notice SET closed = true, told_at = :at WHERE notice = :notice"),
        fact.model_dump() | {"at": fact.time},
    )
