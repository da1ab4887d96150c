"""What an operator skipped of HR's events."""

from shared import kernel_tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    kernel_tables.hearing_tables_v2()
