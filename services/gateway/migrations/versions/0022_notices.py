"""That the union has something to say to a person about their membership."""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO views, public")
    op.execute("""
        CREATE TABLE notice (
            notice uuid PRIMARY KEY,
            person uuid NOT NULL,
            due_on date,
            told_at timestamptz NOT NULL,
            closed boolean NOT NULL
        )
    """)
    op.execute("CREATE INDEX notice_person ON notice (person)")
