"""Those whose membership is kept are found without walking everybody."""

from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    op.execute("CREATE INDEX member_kept ON member (person) WHERE kept")
