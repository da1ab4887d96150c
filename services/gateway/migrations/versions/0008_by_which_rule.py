"""By which rule something is due; and what waits is found without reading what is done."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO views, public")
    for table in ("proposal", "visit"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN due_by jsonb")
    op.execute("CREATE INDEX proposal_open ON proposal (unit) WHERE state = 'open'")
    op.execute("CREATE INDEX proposal_open_due ON proposal (due_on, id) WHERE state = 'open'")
    op.execute("CREATE INDEX visit_due_on ON visit (due_on, id) WHERE state = 'due'")
    op.execute("CREATE INDEX enrolment_open ON enrolment (course) WHERE result IS NULL")
