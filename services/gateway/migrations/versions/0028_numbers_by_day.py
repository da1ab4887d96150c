"""On which days a number is whose, where an officer has ruled about it: a reading about a number is
about who had it on that day."""

from alembic import op

revision = "0028"
down_revision = "0027"


def upgrade() -> None:
    op.execute("ALTER TABLE views.person ADD COLUMN numbers jsonb NOT NULL DEFAULT '[]'")
    op.execute("COMMENT ON COLUMN views.person.numbers IS 'Half-open days; null is open'")
