"""Courses, who takes them, demands, and the copy of the roll."""

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
        CREATE TABLE course (
            id uuid PRIMARY KEY,
            unit uuid NOT NULL REFERENCES unit,
            title text NOT NULL,
            starts_on date NOT NULL,
            seats integer NOT NULL CHECK (seats > 0),
            open_to text NOT NULL CHECK (open_to IN ('company', 'unit')),
            enrolled integer NOT NULL CHECK (enrolled BETWEEN 0 AND seats),
            entered_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("""
        CREATE TABLE enrolment (
            course uuid NOT NULL REFERENCES course,
            person uuid NOT NULL REFERENCES person,
            result text CHECK (result IN ('passed', 'failed')),
            score numeric(5, 2) CHECK (score BETWEEN 0 AND 100),
            completed_on date,
            entered_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (course, person),
            CHECK ((result IS NULL) = (completed_on IS NULL)),
            CHECK (score IS NULL OR result IS NOT NULL)
        )
    """)
    op.execute("CREATE INDEX enrolment_person ON enrolment (person)")
    op.execute("""
        CREATE TABLE demand (
            id uuid PRIMARY KEY,
            proposal uuid NOT NULL UNIQUE,
            unit uuid NOT NULL,
            title text NOT NULL,
            submitted_on date NOT NULL
        )
    """)
