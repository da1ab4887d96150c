"""How a membership began and ended, when it is kept, where else one belongs, and honours."""

from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    op.execute("""
        ALTER TABLE consent ADD COLUMN reference text, ADD COLUMN entered_by text,
            ADD COLUMN ended_by text, ADD COLUMN ended_reference text,
            ADD COLUMN ended_entered_by text
    """)
    op.execute("UPDATE consent SET ended_by = 'own-wish' WHERE withdrawn_on IS NOT NULL")
    op.execute("""
        ALTER TABLE member ADD COLUMN consent date, ADD COLUMN kept boolean NOT NULL DEFAULT false
    """)
    # Until now every membership began on the day of its consent. That is no news about it.
    op.execute("ALTER TABLE member DISABLE TRIGGER USER")
    op.execute("UPDATE member SET consent = lower(during)")
    op.execute("ALTER TABLE member ENABLE TRIGGER USER")
    op.execute("ALTER TABLE member ALTER COLUMN consent SET NOT NULL")
    _known_with_the_vote()
    op.execute("""
        CREATE TABLE keeping (
            person uuid NOT NULL REFERENCES person,
            kept_from date NOT NULL,
            entered_by text NOT NULL,
            entered_at timestamptz NOT NULL DEFAULT now(),
            withdrawn_by text,
            withdrawn_at timestamptz
        )
    """)
    op.execute("""
        CREATE UNIQUE INDEX keeping_once ON keeping (person, kept_from) WHERE withdrawn_at IS NULL
    """)
    op.execute("""
        CREATE TABLE other_union (
            person uuid NOT NULL REFERENCES person,
            name text NOT NULL,
            during daterange NOT NULL,
            entered_by text NOT NULL,
            entered_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (person, during WITHOUT OVERLAPS)
        )
    """)
    op.execute("""
        CREATE TABLE honour (
            id uuid PRIMARY KEY,
            person uuid NOT NULL REFERENCES person,
            title text NOT NULL,
            level text NOT NULL,
            awarded_on date NOT NULL,
            reference text,
            entered_by text NOT NULL,
            entered_at timestamptz NOT NULL DEFAULT now(),
            withdrawn_by text,
            withdrawn_at timestamptz,
            withdrawn_for text
        )
    """)
    op.execute("CREATE INDEX honour_person ON honour (person)")


def _known_with_the_vote() -> None:
    """What was known of memberships has the same columns from here on."""
    op.execute("""
        ALTER TABLE member_before ADD COLUMN consent date,
            ADD COLUMN kept boolean NOT NULL DEFAULT false
    """)
    op.execute("""
        CREATE OR REPLACE FUNCTION keep_gone_of_member() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            INSERT INTO member_before (person, during, consent, kept, known)
            SELECT person, during, consent, kept, tstzrange(known_since, now()) FROM gone
            WHERE known_since < now();
            RETURN NULL;
        END $$
    """)
    # A row of this table is never changed, only taken away: no trigger for that is left.
    op.execute("DROP TRIGGER keep_changed ON member")
    op.execute("DROP FUNCTION keep_changed_of_member")
