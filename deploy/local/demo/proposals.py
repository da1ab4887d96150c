"""The proposals of the demo: who says what, who supports it, what the plant answers."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from random import Random

from deploy.local.demo.accounts import MANAGERS
from deploy.local.demo.company import Person, people
from shared.contracts.democracy import Category, Decision


@dataclass(frozen=True, slots=True)
class Answer:
    """`by` is the employee number of the manager of the author's plant."""

    by: str
    decision: Decision
    reasons: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """`author` and `supporters` are employee numbers; the author is not among the supporters."""

    author: str
    title: str
    body: str
    category: Category
    hidden: bool
    supporters: tuple[str, ...]
    answer: Answer | None


@cache
def proposals() -> tuple[Proposal, ...]:
    """Always the same ones, in the order in which they are made."""
    text = files(__package__).joinpath("proposals.toml").read_text("utf-8")
    chance = Random(20230401)  # noqa: S311 - the same authors and supporters at every start
    there = list(people().values())
    managers = {right.at: employee for employee, right in MANAGERS}
    made = []
    for told in tomllib.loads(text)["proposal"]:
        mates = [person for person in there if person.unit == told["unit"]]
        author = people()[told["by"]] if "by" in told else chance.choice(mates)
        others = [person for person in there if _may_stand_behind(person, author)]
        supporters = chance.sample(others, told["supporters"])
        answer = told.get("answer")
        made.append(
            Proposal(
                author=author.employee,
                title=told["title"],
                body=told["body"],
                category=Category(told["category"]),
                hidden=told["hidden"],
                supporters=tuple(person.employee for person in supporters),
                answer=answer and Answer(managers[author.plant], **answer),
            )
        )
    return tuple(made)


def _may_stand_behind(person: Person, author: Person) -> bool:
    """People of the same plant, but not the one who will have to answer."""
    managers = {employee for employee, _ in MANAGERS}
    return person.plant == author.plant and person.employee not in {author.employee, *managers}
