"""The invented company of the demo is told in HR's language and makes sense."""

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

from deploy.local.demo.accounts import ACCOUNTS, MANAGERS
from deploy.local.demo.bodies import DAYS_LEFT, MEMBERS, PLANT, bodies
from deploy.local.demo.company import FIRST, LAST, events, people
from deploy.local.demo.courses import courses
from deploy.local.demo.proposals import proposals
from deploy.local.demo.visits import leaves
from services.membership.bodies import rules
from services.membership.timeline import Timeline, timeline, units
from shared.contracts.democracy import Category, SubmitProposal
from shared.contracts.hr import HrEvent, LeaveStarted, OfEmployee, parse
from shared.contracts.training import OpenCourse
from shared.contracts.welfare import LogVisit

TODAY = date(2026, 11, 23)


def told() -> list[HrEvent]:
    return [parse(event) for event in events()]


def timelines() -> dict[str, Timeline]:
    tree, _ = units(told())
    people: defaultdict[str, list[HrEvent]] = defaultdict(list)
    for event in told():
        if isinstance(event.data, OfEmployee):
            people[event.subject_key].append(event)
    return {number: timeline(mine, tree) for number, mine in people.items()}


def unit_of(number: str, on: date) -> str | None:
    for stay in timelines()[number].stays:
        if stay.since <= on < (stay.until or date.max):
            return stay.unit
    return None


def test_the_events_are_told_in_order_under_ids_of_their_own() -> None:
    days = [event.data.on or FIRST for event in told()]
    assert all(earlier <= later for earlier, later in pairwise(days))
    assert len({(event.source, event.id) for event in told()}) == len(told())
    assert events() == events()


def test_four_plants_have_workshops_and_teams_below_the_company() -> None:
    tree, unfit = units(told())
    assert unfit == []
    kinds = Counter(unit.kind for unit in tree.values())
    assert kinds == {"company": 1, "plant": 4 + 1, "workshop": 12, "team": 36}  # + head office
    assert all(code.startswith("demo-") for code in tree if code != "company")
    assert tree["demo-qinghe-dianjie-1"].at(TODAY).path == (
        "company/demo-qinghe/demo-qinghe-dianjie/demo-qinghe-dianjie-1"
    )


def test_everything_fits_and_nothing_happens_before_2020() -> None:
    assert [one for life in timelines().values() for one in life.unfit] == []
    for number, life in timelines().items():
        assert number.startswith("D0")
        assert life.stays
        assert all(FIRST <= stay.since <= LAST for stay in life.stays)


def test_some_300_people_are_there_and_some_have_moved_left_or_been_away() -> None:
    lives = timelines().values()
    there = {number: life.stays[-1] for number, life in timelines().items() if here(life)}
    assert 280 <= len(there) <= 320
    assert {number: stay.unit for number, stay in there.items()} == {
        number: person.unit for number, person in people().items()
    }
    assert all(stay.post == people()[number].post for number, stay in there.items())
    assert len({person.name for person in people().values()}) == len(people())
    plants = {
        code: unit.at(TODAY).path.split("/")[1]
        for code, unit in units(told())[0].items()
        if code != "company"
    }
    journeys = [{plants[stay.unit] for stay in life.stays} for life in lives]
    assert sum(len(seen) > 1 for seen in journeys) >= 3
    assert sum(not here(life) for life in lives) >= 10
    assert {absence.kind for life in lives for absence in life.absences} == {"leave", "seconded"}


def here(life: Timeline) -> bool:
    return life.employed[-1].until is None


def test_the_accounts_are_people_who_stand_where_their_rights_say() -> None:
    accounts = {account.account: account for account in ACCOUNTS}
    assert " ".join(accounts) == "worker leader officer chair manager director hr auditor it"
    unit = {name: people()[account.employee].unit for name, account in accounts.items()}
    assert unit["worker"] == unit["leader"] == accounts["leader"].posts[0].at
    assert people()[accounts["worker"].employee].plant == unit["manager"] == "demo-qinghe"
    tree, _ = units(told())
    for account in ACCOUNTS:
        for right in (*account.posts, *account.account_roles):
            assert right.at in tree
            assert unit_of(account.employee, right.since)
    for name in ("officer", "chair", "director", "hr", "auditor", "it"):
        rights = (*accounts[name].posts, *accounts[name].account_roles)
        assert [(right.role, right.at) for right in rights] == [(name, "company")]


def test_every_plant_has_a_manager_who_works_there() -> None:
    assert {right.at for _, right in MANAGERS} == {
        person.plant for person in people().values() if person.plant != "demo-hq"
    }
    for number, right in MANAGERS:
        assert people()[number].post == "厂长"
        assert unit_of(number, right.since) == right.at


def test_the_proposals_are_of_people_who_are_there_and_could_be_submitted() -> None:
    made = proposals()
    assert 35 <= len(made) <= 45
    assert {one.category for one in made} == set(Category)
    assert len({one.title for one in made}) == len(made)
    for one in made:
        SubmitProposal(title=one.title, body=one.body, category=one.category, hidden=one.hidden)
        assert one.author in people()
        assert set(one.supporters) <= people().keys() - {one.author}
        assert len(set(one.supporters)) == len(one.supporters) > 0
    assert any(one.hidden for one in made)


def test_some_proposals_are_answered_by_the_manager_of_the_authors_plant() -> None:
    answers = [(one, one.answer) for one in proposals() if one.answer]
    assert {answer.decision for _, answer in answers} == {"adopted", "declined"}
    assert len(answers) < len(proposals())
    for one, answer in answers:
        assert people()[answer.by].unit == people()[one.author].plant
        assert answer.by != one.author
        assert len(answer.reasons) > 20


def test_courses_are_taken_by_people_of_the_units_named_and_some_are_still_at_it() -> None:
    told = courses(TODAY)
    assert len(told) >= 5
    assert all(each.results for each in told)
    assert all(each.ends_on <= TODAY or None in each.results.values() for each in told)
    results = Counter(result for each in told for result in each.results.values())
    assert results["passed"] > results["failed"] > 0
    assert results[None] > 0
    for each in told:
        OpenCourse.model_validate(each.body)
        assert len(each.results) <= each.body["seats"]
        assert {people()[number] for number in each.results}


def test_some_on_leave_were_visited_and_some_are_not_yet() -> None:
    told = leaves(TODAY)
    assert Counter(bool(leave.visit) for leave in told) == {True: 3, False: 3}
    assert len({leave.event["data"]["employee"] for leave in told}) == len(told)
    for leave in told:
        event = parse(leave.event)
        assert isinstance(event.data, LeaveStarted)
        assert event.data.on <= TODAY
        assert people()[event.data.employee]
        if leave.visit:
            visit = LogVisit.model_validate(leave.visit)
            assert event.data.on <= visit.on <= TODAY
            assert visit.employee not in visit.visitors
            assert all(number in people() for number in visit.visitors)


def test_a_plant_has_its_union_bodies_with_elections_to_be_prepared() -> None:
    for union in bodies(TODAY):
        term = rules.term(union.since, union.election["years"])
        assert rules.state(term.due_on, term.prepare_on, on=TODAY) == "due"
        assert 0 < (term.due_on - TODAY).days <= DAYS_LEFT
        numbers = {number for _, number in union.elected}
        assert all(people()[number].plant == PLANT for number in numbers)
        assert all(unit_of(number, union.since) for number in numbers), "employed on that day"
        assert {post for post, _ in union.elected} <= set(rules.POSTS[union.kind])
        size = rules.size(union.kind, MEMBERS, on=union.since, seats=len(numbers))
        assert size.lawful
