"""Where units lie, by day."""

from shared import kernel_tables

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    kernel_tables.roll_tables_v3()
