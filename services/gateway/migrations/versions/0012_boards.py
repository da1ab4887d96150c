"""Boards: displays on a wall that show one unit to whoever passes by."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO gateway, public")
    # It waits for its code to be typed, or is paired and known by its token: one of the two.
    op.execute("""
        CREATE TABLE board (
            id uuid PRIMARY KEY,
            unit uuid NOT NULL,
            code_hash bytea UNIQUE,
            code_until timestamptz,
            token_hash bytea UNIQUE,
            added_at timestamptz NOT NULL DEFAULT now(),
            paired_at timestamptz,
            seen_at timestamptz,
            CHECK ((code_hash IS NULL) = (code_until IS NULL)),
            CHECK ((code_hash IS NULL) <> (token_hash IS NULL))
        )
    """)
