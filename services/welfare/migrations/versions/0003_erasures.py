"""What is to be deleted from a stream."""

from shared import kernel_tables

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    kernel_tables.redacted_table_v1()
