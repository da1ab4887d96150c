"""Where a plant lay on which day. What was said before has held since ever, and is told once."""

from alembic import op

revision = "0022"
down_revision = "0021"


def upgrade() -> None:
    op.execute("ALTER TABLE province ADD COLUMN during daterange NOT NULL DEFAULT '(,)'")
    op.execute("ALTER TABLE province ALTER COLUMN during DROP DEFAULT")
    op.execute("""
        ALTER TABLE province DROP CONSTRAINT province_pkey,
            ADD PRIMARY KEY (unit, during WITHOUT OVERLAPS)
    """)
    op.execute("COMMENT ON TABLE province IS 'Where a plant was said to lie, by day'")
    op.execute("""
        INSERT INTO due (what, key, at)
        SELECT 'provinces-untold', 'company', now() WHERE EXISTS (SELECT FROM province)
    """)
