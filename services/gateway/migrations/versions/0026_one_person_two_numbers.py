"""Of some people it turned out that they are one; and some numbers were given to another human."""

from alembic import op

revision = "0026"
down_revision = "0025"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO views, public")
    op.execute("ALTER TABLE person ADD COLUMN same_as uuid")
    op.execute("CREATE INDEX person_same_as ON person (same_as) WHERE same_as IS NOT NULL")
    op.execute("""
        ALTER TABLE person ADD COLUMN given text, ADD COLUMN given_at timestamptz
    """)
    op.execute("COMMENT ON COLUMN person.given IS 'A number that was somebody else''s before'")
