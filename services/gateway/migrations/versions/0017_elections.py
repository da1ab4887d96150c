"""Elections of union bodies that are to be prepared."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO views, public")
    op.execute("""
        CREATE TABLE election (
            body uuid PRIMARY KEY,
            kind text NOT NULL,
            unit uuid NOT NULL,
            since date NOT NULL,
            due_on date NOT NULL
        )
    """)
    op.execute("CREATE INDEX election_unit ON election (unit)")
    op.execute("CREATE INDEX election_due ON election (due_on, body)")
