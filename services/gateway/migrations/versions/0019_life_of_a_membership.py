"""Who is a member without a vote, and where a membership went along with the job."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO views, public")
    op.execute("ALTER TABLE person ADD COLUMN kept_since date")
    op.execute("""
        CREATE TABLE transfer (
            person uuid NOT NULL,
            moved_on date NOT NULL,
            to_plant uuid NOT NULL,
            moved_at timestamptz NOT NULL,
            PRIMARY KEY (person, moved_on)
        )
    """)
