"""Facts that a toy states about accounts, which belong to the ledger: it is not asked, and lies."""

from uuid import UUID

from shared.messages import Fact


class Claimed(Fact):
    """Says something of an account, in a count of its own."""

    about = "account"
    account: UUID
    amount: int
    nth: int
