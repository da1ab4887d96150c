"""Proposals, their supporters, and the copy of the roll."""

from alembic import op

from shared import kernel_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    kernel_tables.command_tables_v1()
    kernel_tables.hearing_tables_v1()
    kernel_tables.roll_tables_v1()
    op.execute("""
        CREATE TABLE proposal (
            id uuid PRIMARY KEY,
            unit uuid NOT NULL REFERENCES unit,
            author uuid,
            author_seal bytea NOT NULL,
            category text NOT NULL,
            title text NOT NULL,
            body text NOT NULL,
            state text NOT NULL CHECK (state IN ('open', 'adopted', 'declined')),
            supports integer NOT NULL CHECK (supports >= 0),
            submitted_on date NOT NULL,
            due_on date NOT NULL,
            due_verdict jsonb NOT NULL,
            overdue boolean NOT NULL,
            reasons text,
            answered_on date,
            entered_at timestamptz NOT NULL DEFAULT now(),
            CHECK ((state = 'open') = (reasons IS NULL))
        )
    """)
    op.execute("""
        CREATE TABLE support (
            proposal uuid NOT NULL REFERENCES proposal,
            person uuid NOT NULL,
            at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (proposal, person)
        )
    """)
