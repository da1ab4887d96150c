"""The audit log is read from the newest entry on, by account, by whom it was about, by what was
done, and by days."""

from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO gateway, public")
    op.execute("DROP INDEX audit_account, audit_about")
    op.execute("CREATE INDEX audit_at ON audit (at, id)")
    op.execute("CREATE INDEX audit_account ON audit (account, at, id)")
    op.execute("CREATE INDEX audit_about ON audit (about, at, id) WHERE about IS NOT NULL")
    op.execute("CREATE INDEX audit_what ON audit (what, at, id)")
