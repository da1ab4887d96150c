"""Which of the demo's people each demo account is, and where its rights reach."""

from datetime import date
from typing import NamedTuple

from shared.rights import Role


class Right(NamedTuple):
    """A role and the code of the unit below which it holds, from a day on."""

    role: Role
    at: str
    since: date


class Account(NamedTuple):
    """`posts` are dated posts of the union or the plant, kept by membership; `account_roles` hold
    for the account only."""

    account: str
    employee: str
    posts: tuple[Right, ...] = ()
    account_roles: tuple[Right, ...] = ()


_ELECTED = date(2023, 4, 1)
_START = date(2021, 1, 1)

# worker, leader and manager are of one plant, worker and leader of one team of it.
ACCOUNTS = (
    Account("worker", "D0046"),
    Account("leader", "D0043", posts=(Right("leader", "demo-qinghe-dianjie-1", _ELECTED),)),
    Account("officer", "D0003", posts=(Right("officer", "company", _ELECTED),)),
    Account("chair", "D0002", posts=(Right("chair", "company", _ELECTED),)),
    Account("manager", "D0013", posts=(Right("manager", "demo-qinghe", _START),)),
    Account("director", "D0001", posts=(Right("director", "company", _START),)),
    Account("hr", "D0004", account_roles=(Right("hr", "company", _START),)),
    Account("auditor", "D0005", account_roles=(Right("auditor", "company", _START),)),
    Account("it", "D0006", account_roles=(Right("it", "company", _START),)),
)

# Who answers for each plant, with an account or without.
MANAGERS = (
    ("D0013", Right("manager", "demo-qinghe", _START)),
    ("D0085", Right("manager", "demo-lanting", _START)),
    ("D0154", Right("manager", "demo-songwu", _START)),
    ("D0223", Right("manager", "demo-yunji", _START)),
)
