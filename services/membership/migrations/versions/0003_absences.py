"""When people are away, and the leaves that call for care."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("ALTER TABLE person ADD COLUMN away jsonb NOT NULL DEFAULT '[]'")
    op.execute("COMMENT ON COLUMN person.away IS 'Days away as stated last, without a reason'")
    op.execute("""
        CREATE TABLE leave (
            id uuid PRIMARY KEY,
            person uuid NOT NULL REFERENCES person,
            kind text NOT NULL,
            since date NOT NULL,
            until date,
            stands boolean NOT NULL,
            UNIQUE (person, kind, since)
        )
    """)
    op.execute("COMMENT ON TABLE leave IS 'Leaves that welfare was told of; not all stand'")
