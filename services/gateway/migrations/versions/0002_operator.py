"""What an operator skipped of the facts heard: a record, so not in schema `views`."""

from alembic import op

from shared import kernel_tables

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    # The step before this one left the path at `views`, when both run in one transaction.
    op.execute("SET LOCAL search_path TO gateway, public")
    kernel_tables.hearing_tables_v2()
