"""Forms that wait, sealed and for minutes, while their writers sign in elsewhere."""

from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO gateway, public")
    op.execute("""
        CREATE TABLE unsent_form (
            id bytea PRIMARY KEY,
            sealed bytea NOT NULL,
            kept_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("CREATE INDEX unsent_form_at ON unsent_form (kept_at)")
