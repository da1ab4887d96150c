"""What was entered of another union and is corrected counts no more, and stays on record."""

from alembic import op

revision = "0025"
down_revision = "0024"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE other_union
            DROP CONSTRAINT other_union_pkey,
            ADD withdrawn_by text,
            ADD withdrawn_at timestamptz,
            ADD CONSTRAINT other_union_once EXCLUDE USING gist (person WITH =, during WITH &&)
                WHERE (withdrawn_at IS NULL)
    """)
    # What is withdrawn is found by it too, of a person and when they are erased.
    op.execute("CREATE INDEX other_union_person ON other_union (person)")
