"""Erasures: asked, granted, done; and the numbers of those who were erased, as seals."""

from alembic import op

from shared import kernel_tables

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    kernel_tables.redacted_table_v1()
    op.execute("""
        CREATE TABLE erasure (
            id uuid PRIMARY KEY,
            person uuid NOT NULL REFERENCES person,
            by_themselves boolean NOT NULL,
            asked_on date NOT NULL,
            asked_by text NOT NULL,
            granted_on date,
            granted_by text,
            due_on date,
            withdrawn_on date,
            withdrawn_by text,
            stopped_for text[],
            done_on date,
            CHECK ((granted_on IS NULL) = (due_on IS NULL)),
            CHECK (done_on IS NULL OR withdrawn_on IS NULL)
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX erasure_open ON erasure (person)
        WHERE withdrawn_on IS NULL AND done_on IS NULL
    """)
    op.execute("CREATE INDEX erasure_asked ON erasure (asked_on DESC, id)")
    # A number that HR says again is recognised by its seal. It names nobody. After a backup from
    # before they were hired there is no such person.
    op.execute("""
        CREATE TABLE erased_number (
            number bytea PRIMARY KEY,
            person uuid NOT NULL,
            erased_on date NOT NULL
        )
    """)
    op.execute("COMMENT ON COLUMN erased_number.number IS 'A keyed digest'")
