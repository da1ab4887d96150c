"""The audit log and its seals: rows are added, never changed."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO gateway, public")
    op.execute("""
        CREATE TABLE audit (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            at timestamptz NOT NULL DEFAULT clock_timestamp(),
            account text,
            person uuid,
            what text NOT NULL,
            subject text NOT NULL,
            about text,
            code text,
            trace_id text
        )
    """)
    op.execute("CREATE INDEX audit_account ON audit (account, id)")
    op.execute("CREATE INDEX audit_about ON audit (about, id) WHERE about IS NOT NULL")
    op.execute("""
        CREATE TABLE audit_seal (
            last bigint PRIMARY KEY,
            after bigint NOT NULL UNIQUE,
            entries bigint NOT NULL,
            chain bytea NOT NULL,
            signature bytea NOT NULL,
            sealed_at timestamptz NOT NULL DEFAULT clock_timestamp()
        )
    """)
    # The walls take this away at every start too; until the next one it is this that holds.
    op.execute("REVOKE UPDATE, DELETE ON audit, audit_seal FROM gateway")
