"""What people say is wrong with what is held of them; what they and others wrote is encrypted."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE correction (
            id uuid PRIMARY KEY,
            person uuid NOT NULL REFERENCES person,
            about text NOT NULL,
            which bytea,
            wrong bytea NOT NULL,
            should_be bytea,
            state text NOT NULL DEFAULT 'open'
                CHECK (state IN ('open', 'with-hr', 'answered', 'withdrawn')),
            outcome text CHECK ((outcome IS NOT NULL) = (state = 'answered')),
            asked_at timestamptz NOT NULL DEFAULT now(),
            due_on date NOT NULL,
            due_by jsonb NOT NULL,
            due_verdict jsonb NOT NULL,
            overdue boolean NOT NULL DEFAULT false,
            settled_at timestamptz CHECK ((settled_at IS NOT NULL)
                = (state IN ('answered', 'withdrawn')))
        )
    """)
    op.execute("CREATE INDEX correction_person ON correction (person, id)")
    op.execute("CREATE INDEX correction_waits ON correction (due_on, id) WHERE settled_at IS NULL")
    op.execute("""
        CREATE INDEX correction_settled ON correction (settled_at, id)
        WHERE settled_at IS NOT NULL
    """)
    op.execute("""
        CREATE TABLE correction_step (
            id uuid PRIMARY KEY,
            correction uuid NOT NULL REFERENCES correction ON DELETE CASCADE,
            what text NOT NULL,
            side text NOT NULL,
            person uuid,
            account text,
            words bytea,
            at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("CREATE INDEX correction_steps ON correction_step (correction, id)")
