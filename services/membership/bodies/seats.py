"""Seats within a term: an election in between, somebody who acts, and seats that end early."""

from datetime import date
from typing import Any

from sqlalchemy import text

from services.membership.bodies import rules
from services.membership.bodies.electable import people_on
from services.membership.bodies.elections import SAID, term_on
from services.membership.bodies.following import follow
from services.membership.bodies.founding import body_to_change, locked_body
from services.membership.bodies.held import SEAT_HELD, TERM_HELD
from services.membership.provinces.lying import province_of
from shared.calendar import today
from shared.contracts.membership import EndSeat, FillSeat
from shared.database import Session
from shared.handling import asked
from shared.messages import Accepted, uuid7
from shared.rights import Actor, RuleBroken


@asked(FillSeat)
async def fill_seat(command: FillSeat, actor: Actor, session: Session) -> Accepted:
    """Who is elected in between, or acts, sits until the term is over or the seat is ended; who
    acts has the same rights as long as that lasts."""
    on = command.on or today()
    body = await body_to_change(command.body, command.for_whom, actor, session, on=on)
    if on > today() and not command.acting:
        raise RuleBroken("not-yet", "an election is recorded on its day or later", field="on")
    if command.post not in rules.POSTS[body.kind]:
        raise RuleBroken("no-such-seat", SAID["no-such-seat"], field="post")
    term = await term_on(body.id, on, session)
    if term is None:
        raise RuleBroken("no-term", f"no term holds on {on}; record the election first", field="on")
    people = await people_on(on, [command.employee], session)
    if code := people.why_not(command.employee, vouched=command.vouched):
        province = await province_of(body.unit_id, on, session)
        unlawful = code == "not-a-member-then"
        law = rules.electable(on=on, province=province) if unlawful else None
        raise RuleBroken(
            code,
            f"{command.employee}: {SAID[code]}",
            field="employee",
            rule=law.rule if law else None,
            citation=law.citation if law else None,
        )
    person = people[command.employee]
    await _must_be_free(command, term, person.person, on, rules.HEADS[body.kind], session)
    id = uuid7()
    await session.execute(
        text("""
            INSERT INTO seat (id, term, post, person, since, acting, vouched, role, minutes)
            VALUES (:id, :term, :post, :person, :since, :acting, :vouched, :role, :minutes)
        """),
        command.model_dump(include={"post", "acting", "minutes"})
        | {
            "id": id,
            "term": term.id,
            "person": person.person,
            "since": on,
            "vouched": not person.member,
            "role": rules.GIVES.get((body.kind, command.post)) if command.gives_posts else None,
        },
    )
    await follow(body.id, session)
    return Accepted(id=id)


@asked(EndSeat)
async def end_seat(command: EndSeat, actor: Actor, session: Session) -> Accepted:
    """Somebody resigns, is recalled, leaves, or acts no longer; or never sat there."""
    seat = await _seat(command, session)
    body = await locked_body(seat.body, session)
    command.for_whom.must_include(actor, at=body.path)
    if seat.withdrawn:
        raise RuleBroken("term-withdrawn", "its term was taken back", field="seat")
    on = seat.since if command.why == "mistake" else command.on or today()
    if on < seat.since:
        raise RuleBroken("before-it-began", f"this seat began on {seat.since}", field="on")
    if seat.over_on is not None and on > seat.over_on:
        raise RuleBroken("already-ended", f"its term was over on {seat.over_on}", field="on")
    if (command.why == "acting-over") != (seat.acting is not None) and command.why in (
        "acting-over",
        "recalled",
    ):
        raise RuleBroken(
            "not-that-end", "who acts is no holder, and a holder does not act", field="why"
        )
    if command.why == "recalled":
        _must_be_recalled(command, on, await province_of(body.unit_id, on, session))
    await session.execute(
        text("""
            INSERT INTO seat_end (seat, until, why, votes, electors, minutes)
            VALUES (:seat, :until, :why, :votes, :electors, :minutes)
        """),
        command.model_dump(include={"seat", "why", "votes", "electors", "minutes"}) | {"until": on},
    )
    await follow(body.id, session)
    return Accepted(id=command.seat)


def _must_be_recalled(command: EndSeat, on: date, province: str) -> None:
    """By more than half of all, with the votes on file."""
    for field in ("votes", "electors"):
        if getattr(command, field) is None:
            raise RuleBroken(
                "votes-missing", "say how many voted for it and how many have a vote", field=field
            )
    assert command.votes is not None
    assert command.electors is not None
    said = rules.recall(command.electors, on=on, votes=command.votes, province=province)
    if command.votes > command.electors or not said.lawful:
        raise RuleBroken(
            "not-recalled",
            f"it takes {said.inputs['needed']} votes of {command.electors}",
            field="votes",
            rule=said.rule,
            citation=said.citation,
        )


async def _seat(command: EndSeat, session: Session) -> Any:
    row = (
        await session.execute(
            text(f"""
                SELECT term.body, seat.since, seat.acting, term_held.over_on,
                    term.withdrawn_at IS NOT NULL AS withdrawn
                FROM seat JOIN term ON term.id = seat.term
                LEFT JOIN {TERM_HELD} AS term_held ON term_held.id = seat.term WHERE seat.id = :seat
            """),  # noqa: S608
            {"seat": command.seat},
        )
    ).one_or_none()
    if row is None:
        raise RuleBroken("unknown-seat", f"there is no seat {command.seat}", field="seat")
    return row


async def _must_be_free(
    command: FillSeat, term: Any, person: Any, on: date, head: str, session: Session
) -> None:
    """One person heads a body, and one acts for them; nobody is in one post twice."""
    rows = await session.execute(
        text(f"""
            SELECT person, acting FROM {SEAT_HELD} AS seat_held
            WHERE term = :term AND post = :post AND since < coalesce(until, 'infinity')
                AND coalesce(until, 'infinity') > :on
        """),  # noqa: S608
        {"term": term.id, "post": command.post, "on": on},
    )
    for row in rows:
        if row.person == person and (row.acting is None) == (command.acting is None):
            raise RuleBroken("already-seated", SAID["already-seated"], field="employee")
        if command.post == head and (row.acting is None) == (command.acting is None):
            raise RuleBroken(
                "one-head",
                "somebody is in this post in those days; end that seat first",
                field="post",
            )
