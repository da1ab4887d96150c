"""Whose an employee number is on which day, where an officer has ruled about it."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.execute("ALTER TABLE person ADD COLUMN same_as uuid REFERENCES person")
    op.execute("COMMENT ON COLUMN person.same_as IS 'Who this turned out to be'")
    op.execute("CREATE INDEX person_same_as ON person (same_as) WHERE same_as IS NOT NULL")
    # As long as nothing is ruled about a number, it is in `person` alone.
    op.execute("""
        CREATE TABLE number_held (
            number text NOT NULL,
            person uuid NOT NULL REFERENCES person,
            during daterange NOT NULL,
            PRIMARY KEY (number, during WITHOUT OVERLAPS)
        )
    """)
    op.execute("CREATE INDEX number_held_person ON number_held (person)")
    op.execute("""
        CREATE TABLE number_first (
            number text PRIMARY KEY,
            person uuid NOT NULL UNIQUE REFERENCES person
        )
    """)
    op.execute("COMMENT ON TABLE number_first IS 'Who was made when HR first spoke of it'")
    op.execute("""
        CREATE TABLE number_ruling (
            id uuid PRIMARY KEY REFERENCES ruling ON DELETE CASCADE,
            person uuid NOT NULL REFERENCES person,
            since date,
            same_as uuid REFERENCES person,
            CHECK (num_nonnulls(since, same_as) > 0)
        )
    """)
    op.execute("ALTER TABLE ruling DROP CONSTRAINT ruling_kind_check")
    op.execute("""
        ALTER TABLE ruling ADD CONSTRAINT ruling_kind_check CHECK (kind IN ('set-aside',
            'counts', 'corrected', 'same-human', 'stands', 'same-person', 'another-human'))
    """)
    # The same human being may have been hired under another number.
    op.execute("""
        CREATE INDEX hr_event_hired ON hr_event
            ((raw -> 'data' ->> 'birth_date'), (raw -> 'data' ->> 'name'))
            WHERE type = 'hr.employee-hired'
    """)
    # What is ruled of a number is about no event.
    op.execute("ALTER TABLE ruling DROP CONSTRAINT ruling_check")
    op.execute("""
        ALTER TABLE ruling ADD CONSTRAINT ruling_about_something CHECK (
            (kind IS NULL) = (takes_back IS NOT NULL)
            AND (event IS NOT NULL)
                = coalesce(kind NOT IN ('same-person', 'another-human'), false)
        )
    """)
