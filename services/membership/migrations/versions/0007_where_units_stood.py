"""Where each unit stood on which day, and which units have ended."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("ALTER TABLE unit ADD COLUMN ended_on date")
    op.execute("ALTER TABLE unit ADD COLUMN merged_into uuid REFERENCES unit")
    op.execute("""
        CREATE TABLE unit_placement (
            unit uuid NOT NULL REFERENCES unit,
            name text NOT NULL,
            parent uuid REFERENCES unit,
            path text NOT NULL,
            plant text NOT NULL,
            during daterange NOT NULL,
            PRIMARY KEY (unit, during WITHOUT OVERLAPS)
        )
    """)
    op.execute("""
        COMMENT ON TABLE unit_placement IS
            'From ever to ever for each known unit; unit itself says what holds today'
    """)
    op.execute("""
        INSERT INTO unit_placement (unit, name, parent, path, plant, during)
        SELECT id, name, parent, path, plant, '(,)' FROM unit WHERE known
    """)
    # The tree is computed from all of these, each time there is another.
    op.execute("CREATE INDEX hr_event_unit ON hr_event (about) WHERE type LIKE 'hr.unit-%'")
