"""In which province a plant lies."""

from alembic import op

revision = "0016"
down_revision = "0015"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE province (
            unit uuid PRIMARY KEY REFERENCES unit,
            code text NOT NULL,
            said_by text NOT NULL,
            said_at timestamptz NOT NULL DEFAULT now()
        )
    """)
