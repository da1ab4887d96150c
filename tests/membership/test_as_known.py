"""As known at: a roll of any day, as it was known at any moment, whatever was learned since."""

from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

from sqlalchemy import text

from services.membership.heads import heads
from services.membership.members import join_union, leave_union
from services.membership.posts import appoint_post, end_post, posts
from services.membership.roll import roll
from services.membership.timeline import timeline, units
from services.membership.units import open_root
from shared.calendar import today
from shared.contracts.hr import HrEvent, OfEmployee, parse
from shared.contracts.membership import (
    AppointPost,
    EndPost,
    Heads,
    LeaveUnion,
    Posts,
    Roll,
)
from shared.database import ReadSession, Session, Sessions
from shared.rights import Actor
from tests.membership.test_hr_events import event, take
from tests.membership.test_members import IT, person
from tests.membership.test_roll import OFFICER, hired

DAYS = [date(2024, month, 1) for month in range(1, 9)]


async def done(sessions: Sessions, *events: dict[str, Any]) -> datetime:
    """Takes the events and commits; a moment after that and before whatever follows."""
    async with sessions() as session:
        await open_root(session)
        await take(list(events), session, batch=len(events) or 1)
        await session.commit()
    return await now(sessions)


async def now(sessions: Sessions) -> datetime:
    async with sessions() as session:
        moment: datetime = await session.scalar(text("SELECT clock_timestamp()"))
        return moment


async def numbers(session: Session, **asked: Any) -> list[str]:
    told = await roll(Roll(limit=1000, **asked), OFFICER, ReadSession(session))
    return [each.employee for each in told.items]


def plant(code: str, parent: str = "company", **more: Any) -> dict[str, Any]:
    return event("unit-created", unit=code, name=code, kind="plant", parent=parent, **more)


async def test_a_correction_does_not_rewrite_what_a_vote_rested_on(committing: Sessions) -> None:
    """HR tells in July that K2 left in March; the roll that was voted by in June has K2."""
    june = await done(
        committing, plant("k-one"), *hired("K1", "甲", "k-one"), *hired("K2", "乙", "k-one")
    )
    july = await done(committing, event("employee-left", employee="K2", on="2024-03-01"))
    on = date(2024, 6, 1)
    async with committing() as session:
        for sort in ("number", "unit"):
            same: dict[str, Any] = {"unit": "k-one", "on": on, "sort": sort}
            assert await numbers(session, **same) == ["K1"]
            assert await numbers(session, **same, known=july) == ["K1"]
            assert await numbers(session, **same, known=june) == ["K1", "K2"]
            assert await numbers(session, **same, known=june, state="left") == []
        told = await roll(Roll(unit="k-one", on=on, known=june), OFFICER, ReadSession(session))
        assert (told.known, told.heads) == (june, 2)
        for known, many in ((june, 2), (july, 1)):
            found = await heads(Heads(on=on, known=known), OFFICER, ReadSession(session))
            assert (found.known, found.by_unit["k-one"]) == (known, many)


async def test_before_it_was_heard_of_nothing_is_known(committing: Sessions) -> None:
    before = await now(committing)
    await done(committing, plant("k-late"), *hired("K9", "迟", "k-late"))
    async with committing() as session:
        found = await heads(Heads(on=DAYS[5], known=before), OFFICER, ReadSession(session))
        assert "k-late" not in found.by_unit
        assert await numbers(session, unit="k-late", on=DAYS[5], known=before) == []
        assert await numbers(session, unit="k-late", on=DAYS[5]) == ["K9"]


async def test_a_day_means_its_end_in_the_plant_s_zone(committing: Sessions) -> None:
    await done(committing, plant("k-day"), *hired("K8", "日", "k-day"))
    async with committing() as session:
        assert await numbers(session, unit="k-day", on=DAYS[5], known=today()) == ["K8"]
        yesterday = today() - timedelta(days=1)
        assert await numbers(session, unit="k-day", on=DAYS[5], known=yesterday) == []


async def test_the_tree_is_known_as_of_a_moment_too(committing: Sessions) -> None:
    """In the second moment HR tells of a move that was in March."""
    first = await done(
        committing, plant("k-a"), plant("k-b"), plant("k-c", "k-a"), *hired("K3", "丙", "k-c")
    )
    await done(committing, event("unit-moved", unit="k-c", parent="k-b", on="2024-03-01"))
    async with committing() as session:
        on = date(2024, 6, 1)
        assert await numbers(session, unit="k-b", on=on) == ["K3"]
        assert await numbers(session, unit="k-b", on=on, known=first) == []
        assert await numbers(session, unit="k-a", on=on, known=first) == ["K3"]


async def test_members_and_posts_as_known(committing: Sessions) -> None:
    await done(committing, plant("k-m"), *hired("K4", "丁", "k-m"))
    async with committing() as session:
        actor = Actor("w", await person(session, "K4"))
        await join_union(actor, session)
        post = AppointPost(employee="K4", role="chair", unit="k-m", on=date(2024, 2, 1))
        made = (await appoint_post(post, IT, session)).id
        await session.commit()
    known = await now(committing)
    async with committing() as session:
        await leave_union(LeaveUnion(on=today()), actor, session)
        await end_post(EndPost(post=made, on=date(2024, 5, 1)), IT, session)
        await session.commit()
    async with committing() as session:

        async def held(**asked: Any) -> list[tuple[UUID, date | None]]:
            told = await posts(Posts(unit="k-m", **asked), IT, ReadSession(session))
            return [(each.post, each.until) for each in told.items]

        until = date(2024, 5, 1)
        assert await held() == []
        assert await held(known=known) == [(made, None)]
        assert await held(on=date(2024, 4, 30)) == [(made, until)]
        assert await held(on=until) == []
        assert await held(on=until, known=known) == [(made, None)]
        assert await held(on=date(2024, 1, 31), known=known) == []
        asked: dict[str, Any] = {"unit": "k-m", "state": "member"}
        assert await numbers(session, **asked) == []
        assert await numbers(session, **asked, known=known) == ["K4"]


async def test_only_rows_that_change_get_a_version(committing: Sessions) -> None:
    await done(committing, plant("k-v"), plant("k-w"), *hired("K5", "戊", "k-v"))
    moved = event(
        "employee-transferred", employee="K5", from_unit="k-v", unit="k-w", on="2024-04-01"
    )
    await done(committing, moved)
    await done(committing, moved)
    await done(committing, event("employee-retitled", employee="K5", post="班长", on="2024-06-01"))
    async with committing() as session:
        counted = {
            table: await session.scalar(
                text(f"SELECT count(*) FROM {table} WHERE person = :person"),
                {"person": await person(session, "K5")},
            )
            for table in ("stay", "stay_before", "employment", "employment_before")
        }
    assert counted == {"stay": 3, "stay_before": 2, "employment": 1, "employment_before": 0}


async def test_the_roll_known_at_a_moment_is_the_fold_of_what_was_heard_by_then(
    committing: Sessions,
) -> None:
    """For a story in any order, with contradictions, moves and merges, at any moment."""
    for seed in range(3):
        told = story(seed)
        Random(seed).shuffle(told)
        moments = [
            await done(committing, *told[start : start + 9]) for start in range(0, len(told), 9)
        ]
        async with committing() as session:
            assert all(one < two for one, two in pairwise(moments))
            for known in moments:
                heard = await heard_by(session, known)
                for on in DAYS[::2]:
                    expected = folded(heard, on, f"z{seed}-")
                    found = await heads(Heads(on=on, known=known), OFFICER, ReadSession(session))
                    ours = {u: n for u, n in found.by_unit.items() if u.startswith(f"z{seed}-")}
                    assert ours == expected
                    whole = await roll(
                        Roll(unit="company", on=on, known=known, words=f"Z{seed}", limit=1000),
                        OFFICER,
                        ReadSession(session),
                    )
                    placed = Counter(each.unit for each in whole.items if each.unit)
                    assert placed == expected


def story(seed: int) -> list[dict[str, Any]]:
    """Thirty people who move between six units, which move too; not all of it fits."""
    chance, codes = Random(seed), [f"z{seed}-{n}" for n in range(6)]
    told = [plant(code, chance.choice(["company", codes[0]])) for code in codes[1:]]
    told.append(plant(codes[0]))
    day = [each.isoformat() for each in DAYS]
    told.append(event("unit-moved", unit=codes[2], parent=codes[1], on=day[3]))
    told.append(event("unit-merged", unit=codes[3], into=codes[4], on=day[4]))
    told.append(event("unit-closed", unit=codes[5], on=day[5]))
    for number in range(30):
        who = f"Z{seed}{number:03}"
        told += hired(who, f"某{number}", chance.choice(codes))
        for _ in range(chance.randint(0, 2)):
            one, two = chance.sample(codes, 2)
            told.append(
                event(
                    "employee-transferred",
                    employee=who,
                    from_unit=one,
                    unit=two,
                    on=chance.choice(day),
                )
            )
        if chance.random() < 0.2:
            told.append(event("employee-left", employee=who, on=chance.choice(day)))
    return told


async def heard_by(session: Session, moment: datetime) -> list[HrEvent]:
    rows = await session.scalars(
        text("SELECT raw FROM hr_event WHERE heard_at <= :moment"), {"moment": moment}
    )
    return [parse(raw) for raw in rows]


def folded(events: Sequence[HrEvent], on: date, ours: str) -> Counter[str]:
    tree, _ = units(events)
    ends = {code: unit.end for code, unit in tree.items() if unit.end}
    people: dict[str, list[HrEvent]] = {}
    for each in events:
        if isinstance(each.data, OfEmployee):
            people.setdefault(each.subject_key, []).append(each)
    return Counter(
        stay.unit
        for mine in people.values()
        for stay in timeline(mine, tree, ends).stays
        if stay.unit.startswith(ours) and stay.since <= on < (stay.until or date.max)
    )
