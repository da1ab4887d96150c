"""Numbers that may be of one person, and those of whom an officer has said that they are two."""

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    # With the name it is what tells people apart; it is in HR's events, and looked up by.
    op.execute("ALTER TABLE person ADD COLUMN born date")
    op.execute("""
        UPDATE person SET born = told.born FROM (
            SELECT DISTINCT ON (about) about,
                CAST(raw -> 'data' ->> 'birth_date' AS date) AS born
            FROM hr_event WHERE type = 'hr.employee-hired'
                AND raw -> 'data' ->> 'birth_date' IS NOT NULL
            ORDER BY about, CAST(raw -> 'data' ->> 'on' AS date) DESC
        ) AS told WHERE person.employee = told.about
    """)
    op.execute("CREATE INDEX person_named ON person (name, born)")
    # Nobody asks it any more.
    op.execute("DROP INDEX hr_event_hired")
    op.execute("""
        CREATE TABLE suspected_pair (
            one uuid NOT NULL REFERENCES person,
            other uuid NOT NULL REFERENCES person,
            reason text NOT NULL
                CHECK (reason IN ('hired-again', 'hired-twice', 'same-birth-date')),
            same_birth_date boolean NOT NULL,
            days integer,
            rank integer NOT NULL,
            found_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (one, other),
            CHECK (one < other)
        )
    """)
    op.execute("COMMENT ON TABLE suspected_pair IS 'May be one person; an officer says whether'")
    op.execute("CREATE INDEX suspected_pair_other ON suspected_pair (other)")
    op.execute("CREATE INDEX suspected_pair_rank ON suspected_pair (rank, other DESC, one DESC)")
    op.execute("""
        CREATE TABLE two_people (
            id uuid PRIMARY KEY,
            one uuid NOT NULL REFERENCES person,
            other uuid NOT NULL REFERENCES person,
            reason text NOT NULL,
            decided_by uuid NOT NULL,
            decided_at timestamptz NOT NULL,
            taken_back_by uuid,
            taken_back_at timestamptz,
            taken_back_why text,
            CHECK (one < other),
            CHECK (num_nulls(taken_back_by, taken_back_at, taken_back_why) IN (0, 3))
        )
    """)
    op.execute("COMMENT ON TABLE two_people IS 'Alike, and two, as an officer has ruled'")
    op.execute("""
        CREATE UNIQUE INDEX two_people_once ON two_people (one, other) WHERE taken_back_at IS NULL
    """)
    op.execute("CREATE INDEX two_people_one ON two_people (one)")
    op.execute("CREATE INDEX two_people_other ON two_people (other)")
    # Who is on the roll already is looked at once.
    op.execute("""
        INSERT INTO due (what, key, at)
        SELECT 'pairs', '00000000-0000-0000-0000-000000000000', now()
        WHERE EXISTS (SELECT FROM person)
    """)
