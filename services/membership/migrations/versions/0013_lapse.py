"""When somebody last took part, admonitions, and who was declared to have left."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE activity (person uuid PRIMARY KEY REFERENCES person, last_on date NOT NULL)
    """)
    op.execute("COMMENT ON TABLE activity IS 'The last day on which one took part, not in what'")
    op.execute("""
        CREATE TABLE admonition (
            id uuid PRIMARY KEY,
            person uuid NOT NULL REFERENCES person,
            said_on date NOT NULL,
            way text NOT NULL,
            reason text NOT NULL,
            first_month date NOT NULL,
            last_month date NOT NULL,
            due_on date NOT NULL,
            verdict jsonb NOT NULL,
            entered_by text NOT NULL,
            entered_at timestamptz NOT NULL DEFAULT now(),
            ended text,
            ended_on date,
            ended_by text,
            ended_for text
        )
    """)
    op.execute("CREATE INDEX admonition_person ON admonition (person)")
    op.execute("CREATE UNIQUE INDEX admonition_once ON admonition (person) WHERE ended IS NULL")
    op.execute("""
        CREATE TABLE deemed_left (
            id uuid PRIMARY KEY,
            person uuid NOT NULL REFERENCES person,
            admonition uuid NOT NULL UNIQUE REFERENCES admonition,
            left_on date NOT NULL,
            reference text NOT NULL,
            verdict jsonb NOT NULL,
            declared_by text NOT NULL,
            declared_at timestamptz NOT NULL DEFAULT now(),
            reversed_on date,
            reversed_by text,
            reversed_for text
        )
    """)
    op.execute("CREATE INDEX deemed_left_person ON deemed_left (person)")
