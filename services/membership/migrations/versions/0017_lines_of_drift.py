"""What else a list says of a person, by which one line of it can be applied; what is open is
counted by plant and kind."""

from alembic import op

revision = "0017"
down_revision = "0016"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE drift
            ADD post text,
            ADD employed_since date,
            ADD unit_since date,
            ADD left_on date
    """)
    op.execute("CREATE INDEX drift_open ON drift (plant, kind) WHERE counts AND reason IS NULL")
