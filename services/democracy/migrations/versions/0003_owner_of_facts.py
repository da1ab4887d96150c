"""Places in histories and what is held are told apart by who states the facts."""

from shared import kernel_tables

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    kernel_tables.hearing_tables_v3()
    kernel_tables.skipped_table_v2()
