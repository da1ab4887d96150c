"""What stands under another id of a person is found without walking everybody."""

from shared import kernel_tables

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    kernel_tables.roll_tables_v4()
