"""HR's events as heard, the tree, the people with their days, members and posts."""

from alembic import op

from shared import kernel_tables

revision = "0001"
down_revision = None


def upgrade() -> None:
    kernel_tables.command_tables_v1()
    kernel_tables.hearing_tables_v1()
    op.execute("""
        CREATE TABLE hr_event (
            source text NOT NULL,
            id text NOT NULL,
            digest bytea NOT NULL,
            type text NOT NULL,
            about text NOT NULL,
            place text,
            raw jsonb NOT NULL,
            heard_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (source, id, digest)
        )
    """)
    op.execute(
        "COMMENT ON TABLE hr_event IS 'As heard, never changed; two contents under one id are two'"
    )
    op.execute("CREATE INDEX hr_event_about ON hr_event (about)")
    op.execute("CREATE INDEX hr_event_place ON hr_event (place) WHERE place IS NOT NULL")
    op.execute("""
        CREATE TABLE unfit (
            source text NOT NULL,
            id text NOT NULL,
            reason text NOT NULL,
            about text NOT NULL,
            detail text NOT NULL,
            found_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (source, id, reason)
        )
    """)
    op.execute("CREATE INDEX unfit_about ON unfit (about)")
    op.execute("""
        CREATE TABLE unit (
            id uuid PRIMARY KEY,
            code text NOT NULL UNIQUE,
            name text NOT NULL,
            kind text NOT NULL,
            parent uuid REFERENCES unit,
            path text NOT NULL,
            plant text NOT NULL,
            known boolean NOT NULL
        )
    """)
    op.execute("""
        CREATE TABLE person (
            id uuid PRIMARY KEY,
            employee text NOT NULL UNIQUE,
            name text,
            placed jsonb NOT NULL DEFAULT '{}'
        )
    """)
    op.execute("""
        CREATE TABLE employment (
            person uuid NOT NULL REFERENCES person,
            during daterange NOT NULL,
            PRIMARY KEY (person, during WITHOUT OVERLAPS)
        )
    """)
    op.execute("""
        CREATE TABLE stay (
            person uuid NOT NULL REFERENCES person,
            unit uuid NOT NULL REFERENCES unit,
            post text,
            during daterange NOT NULL,
            PRIMARY KEY (person, during WITHOUT OVERLAPS)
        )
    """)
    op.execute("CREATE INDEX stay_unit ON stay USING gist (unit, during)")
    op.execute("""
        CREATE TABLE consent (
            person uuid NOT NULL REFERENCES person,
            given_on date NOT NULL,
            withdrawn_on date CHECK (withdrawn_on >= given_on),
            entered_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (person, given_on)
        )
    """)
    op.execute("""
        CREATE TABLE member (
            person uuid NOT NULL REFERENCES person,
            during daterange NOT NULL,
            PRIMARY KEY (person, during WITHOUT OVERLAPS)
        )
    """)
    op.execute("""
        CREATE TABLE post (
            id uuid PRIMARY KEY,
            person uuid NOT NULL REFERENCES person,
            role text NOT NULL,
            unit uuid NOT NULL REFERENCES unit,
            during daterange NOT NULL,
            entered_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT post_held_once UNIQUE (person, role, unit, during WITHOUT OVERLAPS)
        )
    """)
