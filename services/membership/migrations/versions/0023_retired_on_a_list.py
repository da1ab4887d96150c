"""Whether HR's list says of who left that they retired, so that one line of it says what the whole
list says."""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.execute("ALTER TABLE drift ADD retired boolean NOT NULL DEFAULT false")
