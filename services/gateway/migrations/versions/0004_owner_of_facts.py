"""Places in histories and what is held are told apart by who states the facts."""

from alembic import op

from shared import kernel_tables

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO views, public")
    kernel_tables.hearing_tables_v3()
    op.execute("SET LOCAL search_path TO gateway, public")
    kernel_tables.skipped_table_v2()
