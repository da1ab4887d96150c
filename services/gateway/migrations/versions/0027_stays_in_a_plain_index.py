"""A person's stays are found by a plain index. That they do not overlap is proven where they are at
home; here it would cost each copied one a search and a place in a GiST index."""

from alembic import op

revision = "0027"
down_revision = "0026"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO views, public")
    op.execute("ALTER TABLE stay DROP CONSTRAINT stay_pkey, ADD PRIMARY KEY (person, during)")
