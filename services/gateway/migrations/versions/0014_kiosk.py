"""PINs of accounts, and the sessions at a kiosk that they open."""

from alembic import op

revision = "0014"
down_revision = "0013"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO gateway, public")
    op.execute("""
        ALTER TABLE account
            ADD COLUMN pin_hash text,
            ADD COLUMN pin_given boolean NOT NULL DEFAULT false,
            ADD COLUMN pin_set_at timestamptz
    """)
    op.execute("CREATE INDEX account_badge ON account (lower(employee)) WHERE pin_hash IS NOT NULL")
    op.execute("ALTER TABLE session DROP CONSTRAINT session_kind_check")
    op.execute("""
        ALTER TABLE session ADD CONSTRAINT session_kind_check
            CHECK (kind IN ('browser', 'token', 'kiosk'))
    """)
