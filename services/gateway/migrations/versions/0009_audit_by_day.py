"""Entries of the audit log are looked up by their day and by what was done."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO gateway, public")
    op.execute("CREATE INDEX audit_at ON audit (at)")
    op.execute("CREATE INDEX audit_what ON audit (what, id)")
