"""Numbers of who was erased, as seals: the directory does not bring them back."""

from alembic import op

revision = "0024"
down_revision = "0023"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO gateway, public")
    op.execute("""
        CREATE TABLE erased_number (
            number bytea PRIMARY KEY,
            person uuid NOT NULL
        )
    """)
    op.execute("COMMENT ON COLUMN erased_number.number IS 'A keyed digest'")
