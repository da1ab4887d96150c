"""HR gets back: who is told what, each event, each delivery and each attempt (decision 0059)."""

from alembic import op

revision = "0023"
down_revision = "0022"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO gateway, public")
    # The one without an address is the stream. Secrets are encrypted by the service.
    op.execute("""
        CREATE TABLE back_subscription (
            id uuid PRIMARY KEY,
            url text UNIQUE,
            kinds text[] NOT NULL DEFAULT '{}',
            active boolean NOT NULL DEFAULT true,
            why_off text,
            since timestamptz NOT NULL DEFAULT now(),
            paused_until timestamptz,
            secret bytea,
            secret_at timestamptz,
            older_secret bytea,
            older_until timestamptz,
            made_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("""
        INSERT INTO back_subscription (id, active)
        VALUES ('00000000-0000-7000-8000-000000000000', false)
    """)
    # The fields of the fact but for the person: ids, codes and days.
    op.execute("""
        CREATE TABLE back_event (
            id uuid PRIMARY KEY,
            kind text NOT NULL,
            person uuid,
            fact jsonb NOT NULL,
            stated_at timestamptz NOT NULL,
            kept_at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("CREATE INDEX back_event_person ON back_event (person)")
    op.execute("CREATE INDEX back_event_kept ON back_event (kept_at)")
    op.execute("""
        CREATE TABLE back_delivery (
            place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            subscription uuid NOT NULL REFERENCES back_subscription ON DELETE CASCADE,
            event uuid NOT NULL REFERENCES back_event ON DELETE CASCADE,
            kind text NOT NULL,
            state text NOT NULL DEFAULT 'pending',
            due_at timestamptz NOT NULL DEFAULT now(),
            tries integer NOT NULL DEFAULT 0,
            outcome text,
            status integer,
            last_at timestamptz,
            UNIQUE (event, subscription)
        )
    """)
    op.execute("""
        CREATE INDEX back_due ON back_delivery (subscription, due_at, place)
        WHERE state = 'pending'
    """)
    op.execute("CREATE INDEX back_delivery_state ON back_delivery (state, place)")
    op.execute("CREATE INDEX back_delivery_kind ON back_delivery (kind, place)")
    op.execute("CREATE INDEX back_delivery_of ON back_delivery (subscription, place)")
    op.execute("""
        CREATE TABLE back_attempt (
            delivery bigint NOT NULL REFERENCES back_delivery ON DELETE CASCADE,
            at timestamptz NOT NULL,
            outcome text NOT NULL,
            status integer,
            ms integer NOT NULL,
            PRIMARY KEY (delivery, at)
        )
    """)
