"""Which accounts the directory has closed stands at the account; a sheet has its header once."""

from alembic import op

revision = "0020"
down_revision = "0019"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO gateway, public")
    op.execute("ALTER TABLE account ADD COLUMN closed_by_directory boolean NOT NULL DEFAULT false")
    op.execute("""
        UPDATE account SET closed_by_directory = true FROM scim_user
        WHERE account.name = ANY(scim_user.closed) AND account.employee = scim_user.employee
            AND NOT account.active
    """)
    op.execute("ALTER TABLE scim_user DROP COLUMN closed")
    # The sheet has its header in it, and columns are remembered by it elsewhere.
    op.execute("ALTER TABLE sheet_in DROP COLUMN header")
