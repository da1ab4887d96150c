"""Courses and visits, as the views show them."""

from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO views, public")
    op.execute("""
        CREATE TABLE course (
            id uuid PRIMARY KEY,
            unit uuid NOT NULL,
            title text NOT NULL,
            starts_on date NOT NULL,
            seats integer NOT NULL,
            open_to text NOT NULL,
            enrolled integer NOT NULL
        )
    """)
    op.execute("CREATE INDEX course_unit ON course (unit)")
    op.execute("""
        CREATE TABLE enrolment (
            course uuid NOT NULL,
            person uuid NOT NULL,
            result text,
            completed_on date,
            PRIMARY KEY (person, course)
        )
    """)
    op.execute("CREATE INDEX enrolment_course ON enrolment (course)")
    op.execute("""
        CREATE TABLE visit (
            id uuid PRIMARY KEY,
            person uuid NOT NULL,
            state text NOT NULL,
            since date,
            due_on date,
            overdue boolean NOT NULL,
            visited_on date
        )
    """)
    op.execute("CREATE INDEX visit_person ON visit (person)")
    op.execute("CREATE INDEX visit_due ON visit (id) WHERE state = 'due'")
