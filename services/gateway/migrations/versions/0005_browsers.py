"""Sessions of browsers, passwords given by others, and the tries to sign in."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO gateway, public")
    op.execute("ALTER TABLE account ADD COLUMN must_change boolean NOT NULL DEFAULT false")
    # Which of the open ones are of browsers nobody knows, so the stricter rule holds for all.
    op.execute("""
        ALTER TABLE session
            ADD COLUMN id uuid NOT NULL DEFAULT uuidv7() UNIQUE,
            ADD COLUMN kind text NOT NULL DEFAULT 'browser' CHECK (kind IN ('browser', 'token')),
            ADD COLUMN seen_at timestamptz NOT NULL DEFAULT now(),
            ADD COLUMN agent text NOT NULL DEFAULT ''
    """)
    op.execute("ALTER TABLE session ALTER COLUMN kind DROP DEFAULT")
    op.execute("CREATE INDEX session_account ON session (account)")
    op.execute("""
        CREATE TABLE sign_in_try (
            who bytea PRIMARY KEY,
            free_at timestamptz NOT NULL
        )
    """)
    op.execute("CREATE INDEX sign_in_try_free ON sign_in_try (free_at)")
    op.execute("""
        CREATE TABLE known_browser (
            token_hash bytea,
            account text REFERENCES account ON DELETE CASCADE,
            seen_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (token_hash, account)
        )
    """)
    op.execute("CREATE INDEX known_browser_account ON known_browser (account)")
