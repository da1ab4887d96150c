"""Union bodies beside the tree, their terms and seats: what was said, and what holds."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE body (
            id uuid PRIMARY KEY,
            kind text NOT NULL,
            unit uuid NOT NULL REFERENCES unit,
            name text NOT NULL,
            founded_on date NOT NULL,
            dissolved_on date CHECK (dissolved_on >= founded_on),
            told_due date,
            entered_at timestamptz NOT NULL DEFAULT now(),
            dissolved_at timestamptz
        )
    """)
    op.execute("COMMENT ON COLUMN body.told_due IS 'The election that was stated to be due'")
    op.execute("CREATE INDEX body_unit ON body (unit)")
    op.execute("""
        CREATE TABLE term (
            id uuid PRIMARY KEY,
            body uuid NOT NULL REFERENCES body,
            number integer NOT NULL,
            years integer NOT NULL,
            since date NOT NULL,
            elected_on date NOT NULL,
            due_on date NOT NULL,
            prepare_on date NOT NULL,
            seats integer NOT NULL,
            members integer NOT NULL,
            counted text NOT NULL,
            minutes text,
            verdicts jsonb NOT NULL,
            entered_at timestamptz NOT NULL DEFAULT now(),
            withdrawn_at timestamptz,
            withdrawn_why text
        )
    """)
    op.execute("CREATE UNIQUE INDEX term_since ON term (body, since) WHERE withdrawn_at IS NULL")
    op.execute("CREATE UNIQUE INDEX term_number ON term (body, number) WHERE withdrawn_at IS NULL")
    op.execute("""
        CREATE TABLE seat (
            id uuid PRIMARY KEY,
            term uuid NOT NULL REFERENCES term,
            post text NOT NULL,
            person uuid NOT NULL REFERENCES person,
            since date NOT NULL,
            acting text,
            vouched boolean NOT NULL,
            role text,
            minutes text,
            entered_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute(
        "COMMENT ON COLUMN seat.role IS 'The post with the id of the seat that comes with it'"
    )
    op.execute("CREATE INDEX seat_term ON seat (term)")
    op.execute("CREATE INDEX seat_person ON seat (person)")
    op.execute("""
        CREATE TABLE seat_end (
            seat uuid NOT NULL REFERENCES seat,
            nth bigint GENERATED ALWAYS AS IDENTITY,
            until date NOT NULL,
            why text NOT NULL,
            votes integer,
            electors integer,
            minutes text,
            entered_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (seat, nth)
        )
    """)
    op.execute("COMMENT ON TABLE seat_end IS 'The last word about a seat counts'")
