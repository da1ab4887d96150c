"""Visits, who went, who has read, and the copy of the roll."""

from alembic import op

from shared import kernel_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    kernel_tables.command_tables_v1()
    kernel_tables.hearing_tables_v1()
    kernel_tables.hearing_tables_v2()
    kernel_tables.roll_tables_v1()
    op.execute("""
        CREATE TABLE visit (
            id uuid PRIMARY KEY,
            person uuid NOT NULL,
            leave uuid UNIQUE,
            kind bytea,
            state text NOT NULL CHECK (state IN ('due', 'dropped', 'logged')),
            since date,
            due_on date CHECK (due_on >= since),
            due_verdict jsonb,
            overdue boolean NOT NULL,
            occasion bytea,
            visited_on date,
            note bytea,
            logged_by text,
            entered_at timestamptz NOT NULL DEFAULT now(),
            CHECK ((state = 'logged') = (visited_on IS NOT NULL)),
            CHECK (state <> 'due' OR due_on IS NOT NULL)
        )
    """)
    op.execute("COMMENT ON COLUMN visit.kind IS 'Encrypted, as are occasion and note'")
    op.execute("CREATE INDEX visit_person ON visit (person)")
    op.execute("""
        CREATE TABLE visitor (
            visit uuid NOT NULL REFERENCES visit,
            person uuid NOT NULL,
            PRIMARY KEY (visit, person)
        )
    """)
    op.execute("""
        CREATE TABLE reading (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            visit uuid NOT NULL REFERENCES visit,
            account text NOT NULL,
            at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("COMMENT ON TABLE reading IS 'Who has read what a visit was about'")
    op.execute("CREATE INDEX reading_visit ON reading (visit, at)")
