"""Where units lie, by day."""

from shared import kernel_tables

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    kernel_tables.roll_tables_v3()
