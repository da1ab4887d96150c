"""Sheets that people bring wait, sealed and for a day, between one step and the next."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO gateway, public")
    # Whose it is stands here as a seal: a copy of the table names nobody.
    op.execute("""
        CREATE TABLE sheet_in (
            id uuid PRIMARY KEY,
            kind text NOT NULL,
            whose bytea NOT NULL,
            rows integer NOT NULL,
            header bytea NOT NULL,
            sheet bytea,
            asked bytea NOT NULL,
            columns jsonb,
            state text NOT NULL DEFAULT 'brought'
                CHECK (state IN ('brought', 'weighing', 'weighed', 'doing', 'done')),
            so_far integer NOT NULL DEFAULT 0,
            worked_until timestamptz,
            account bytea,
            waits_until timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX sheet_in_waits ON sheet_in (waits_until)")
    op.execute("ALTER TABLE sheet_in ALTER COLUMN sheet SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE sheet_in ALTER COLUMN account SET STORAGE EXTERNAL")
    op.execute("""
        CREATE TABLE sheet_columns (
            kind text NOT NULL,
            header bytea NOT NULL,
            columns jsonb NOT NULL,
            used_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (kind, header)
        )
    """)
