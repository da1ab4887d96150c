"""Where units stood on other days, and from when on nobody is in them."""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO views, public")
    op.execute("ALTER TABLE unit ADD COLUMN ended_on date")
    op.execute("""
        CREATE TABLE unit_placement (
            unit uuid NOT NULL,
            name text NOT NULL,
            path text NOT NULL,
            during daterange NOT NULL,
            PRIMARY KEY (unit, during WITHOUT OVERLAPS)
        )
    """)
    op.execute("CREATE INDEX unit_placement_path ON unit_placement (path text_pattern_ops)")
    # Of what was told before this was kept, today's place is known and counts for all days.
    op.execute("INSERT INTO unit_placement SELECT id, name, path, '(,)' FROM unit")
