"""Accounts and sessions (a record), and the read models in schema `views` (disposable)."""

from alembic import op

from shared import kernel_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.execute("""
        CREATE TABLE account (
            name text PRIMARY KEY,
            password_hash text,
            employee text,
            roles text[] NOT NULL DEFAULT '{}',
            demo boolean NOT NULL DEFAULT false,
            active boolean NOT NULL DEFAULT true,
            made_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("""
        CREATE TABLE session (
            token_hash bytea PRIMARY KEY,
            account text NOT NULL REFERENCES account ON DELETE CASCADE,
            begun_at timestamptz NOT NULL DEFAULT now(),
            expires_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX session_expires ON session (expires_at)")
    op.execute("SET LOCAL search_path TO views, public")
    kernel_tables.hearing_tables_v1()
    op.execute("""
        CREATE TABLE unit (
            id uuid PRIMARY KEY,
            code text NOT NULL UNIQUE,
            name text NOT NULL,
            kind text NOT NULL,
            parent uuid,
            path text NOT NULL,
            plant text NOT NULL
        )
    """)
    op.execute("CREATE INDEX unit_path ON unit (path text_pattern_ops)")
    op.execute("""
        CREATE TABLE person (
            id uuid PRIMARY KEY,
            employee text NOT NULL UNIQUE,
            employed datemultirange NOT NULL,
            member_since date
        )
    """)
    op.execute("""
        CREATE TABLE stay (
            person uuid NOT NULL,
            unit uuid NOT NULL,
            post text,
            during daterange NOT NULL,
            PRIMARY KEY (person, during WITHOUT OVERLAPS)
        )
    """)
    op.execute("CREATE INDEX stay_unit ON stay USING gist (unit, during)")
    op.execute("""
        CREATE TABLE post (
            id uuid PRIMARY KEY,
            person uuid NOT NULL,
            role text NOT NULL,
            unit uuid NOT NULL,
            during daterange NOT NULL
        )
    """)
    op.execute("CREATE INDEX post_person ON post (person)")
    op.execute("""
        CREATE TABLE proposal (
            id uuid PRIMARY KEY,
            unit uuid NOT NULL,
            author uuid,
            category text NOT NULL,
            title text NOT NULL,
            body text NOT NULL,
            state text NOT NULL,
            supports integer NOT NULL,
            overdue boolean NOT NULL,
            submitted_on date NOT NULL,
            due_on date NOT NULL,
            reasons text,
            answered_on date,
            stated_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX proposal_unit ON proposal (unit)")
    op.execute("CREATE INDEX proposal_author ON proposal (author, id)")
    op.execute(
        "CREATE INDEX proposal_words ON proposal USING gin ((title || ' ' || body) gin_trgm_ops)"
    )
