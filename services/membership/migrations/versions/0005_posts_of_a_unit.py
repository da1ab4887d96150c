"""Who holds the posts of a unit is looked up by the unit."""

from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.execute("CREATE INDEX post_unit ON post USING gist (unit, during)")
