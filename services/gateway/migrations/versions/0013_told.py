"""When each step was taken, who has seen what, who follows what, and who wants to be told."""

from alembic import op

revision = "0013"
down_revision = "0012"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO views, public")
    # Of rows from before nobody knows it until `tongxin rebuild`: they are old, not new.
    op.execute("""
        ALTER TABLE proposal ADD COLUMN supported_at timestamptz,
            ADD COLUMN overdue_at timestamptz, ADD COLUMN answered_at timestamptz
    """)
    op.execute("ALTER TABLE course ADD COLUMN opened_at timestamptz")
    op.execute("""
        ALTER TABLE enrolment ADD COLUMN enrolled_at timestamptz,
            ADD COLUMN completed_at timestamptz
    """)
    op.execute("CREATE INDEX course_opened ON course (opened_at)")
    op.execute("SET LOCAL search_path TO gateway, public")
    op.execute("""
        CREATE TABLE news_seen (
            account text PRIMARY KEY REFERENCES account ON DELETE CASCADE,
            seen_until timestamptz NOT NULL
        )
    """)
    # Nobody is named here, and no time of the deed: see decision 0040.
    op.execute("""
        CREATE TABLE follow (
            follower bytea NOT NULL,
            proposal uuid NOT NULL,
            known_until timestamptz NOT NULL,
            PRIMARY KEY (follower, proposal)
        )
    """)
    op.execute("""
        CREATE TABLE digest (
            account text PRIMARY KEY REFERENCES account ON DELETE CASCADE,
            every text NOT NULL,
            hour smallint NOT NULL,
            language text NOT NULL,
            address bytea,
            due_at timestamptz NOT NULL,
            told_until timestamptz NOT NULL,
            taken_until timestamptz,
            tries smallint NOT NULL DEFAULT 0,
            failing_since timestamptz,
            sent_at timestamptz
        )
    """)
    op.execute("CREATE INDEX digest_due ON digest (due_at)")
    op.execute("""
        CREATE TABLE digest_asked (
            account text PRIMARY KEY REFERENCES account ON DELETE CASCADE,
            every text NOT NULL,
            hour smallint NOT NULL,
            language text NOT NULL,
            address bytea NOT NULL,
            code bytea NOT NULL,
            expires_at timestamptz NOT NULL,
            tries smallint NOT NULL DEFAULT 0
        )
    """)
