"""Sessions for which the company's identity provider vouches, and its answers that were used."""

from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO gateway, public")
    # Roles of a session, where the provider gives them: they end with it.
    op.execute("ALTER TABLE session ADD COLUMN issuer text, ADD COLUMN roles text[]")
    op.execute("CREATE INDEX account_employee ON account (employee)")
    op.execute("""
        CREATE TABLE used_answer (
            state bytea PRIMARY KEY,
            used_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("CREATE INDEX used_answer_at ON used_answer (used_at)")
