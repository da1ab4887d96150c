"""The kernel's tables, made by the migrations of each service in its own schema.

A migration names the version it wants; a changed table becomes a new function here, so that old
migrations keep doing what they did.
"""

from alembic import op


def command_tables_v1() -> None:
    """Once-only, the outbox with its counters, and what falls due."""
    op.execute("""
        CREATE TABLE command (
            digest bytea PRIMARY KEY,
            body bytea NOT NULL,
            answer text NOT NULL,
            at timestamptz NOT NULL DEFAULT now()
        )
    """)
    op.execute("COMMENT ON TABLE command IS 'Commands done or refused, with the answer given'")
    op.execute("CREATE TABLE aggregate (id uuid PRIMARY KEY, last bigint NOT NULL)")
    op.execute("COMMENT ON TABLE aggregate IS 'How many facts each aggregate has stated'")
    op.execute("""
        CREATE TABLE outbox (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            fact uuid NOT NULL UNIQUE,
            subject text NOT NULL,
            aggregate uuid NOT NULL,
            sequence bigint NOT NULL,
            payload bytea NOT NULL,
            stated_at timestamptz NOT NULL DEFAULT now(),
            sent_at timestamptz,
            stream_sequence bigint,
            UNIQUE (aggregate, sequence)
        )
    """)
    op.execute("CREATE INDEX outbox_unsent ON outbox (id) WHERE sent_at IS NULL")
    op.execute("COMMENT ON TABLE outbox IS 'Facts stated here, sent or not; the record of them'")
    op.execute("""
        CREATE TABLE due (
            what text NOT NULL,
            key text NOT NULL,
            at timestamptz NOT NULL,
            tries integer NOT NULL DEFAULT 0,
            error text,
            PRIMARY KEY (what, key)
        )
    """)
    op.execute("CREATE INDEX due_at ON due (at)")
    op.execute("COMMENT ON TABLE due IS 'What falls due and when; the ticker takes rows away'")


def roll_tables_v1() -> None:
    """The small copy of the roll: units, and each person's days as membership stated them last."""
    op.execute("""
        CREATE TABLE unit (
            id uuid PRIMARY KEY,
            code text NOT NULL UNIQUE,
            path text NOT NULL,
            plant text NOT NULL
        )
    """)
    op.execute("""
        CREATE TABLE person (
            id uuid PRIMARY KEY,
            employee text NOT NULL UNIQUE,
            employed jsonb NOT NULL,
            stays jsonb NOT NULL
        )
    """)


def roll_tables_v2() -> None:
    """Who turned out to be another: both ids are of one human being."""
    op.execute("ALTER TABLE person ADD COLUMN same_as uuid")


def roll_tables_v3() -> None:
    """Where a unit was said to lie itself, by day; null where nothing was. They are few: plants."""
    op.execute("ALTER TABLE unit ADD COLUMN provinces jsonb")
    op.execute("CREATE INDEX unit_provinces ON unit (code) WHERE provinces IS NOT NULL")


def roll_tables_v4() -> None:
    """What stands under another id of a person is found without walking everybody."""
    op.execute("CREATE INDEX person_same_as ON person (same_as) WHERE same_as IS NOT NULL")


def hearing_tables_v1() -> None:
    """How far each aggregate was heard, and what could not be taken yet."""
    op.execute("CREATE TABLE position (aggregate uuid PRIMARY KEY, last bigint NOT NULL)")
    op.execute("COMMENT ON TABLE position IS 'The inbox: the last fact applied of each aggregate'")
    op.execute("""
        CREATE TABLE held (
            stream text NOT NULL,
            aggregate text NOT NULL,
            sequence bigint NOT NULL,
            numbered boolean NOT NULL,
            subject text NOT NULL,
            raw bytea NOT NULL,
            error text NOT NULL,
            tries integer NOT NULL,
            next_at timestamptz NOT NULL,
            held_at timestamptz NOT NULL DEFAULT now(),
            dead_at timestamptz,
            PRIMARY KEY (stream, aggregate, sequence)
        )
    """)
    op.execute("COMMENT ON TABLE held IS 'Facts that failed and those that wait behind them'")


def hearing_tables_v2() -> None:
    """What an operator has taken away for good. A record, also beside disposable tables."""
    op.execute("""
        CREATE TABLE skipped (
            id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            stream text NOT NULL,
            aggregate text NOT NULL,
            sequence bigint NOT NULL,
            numbered boolean NOT NULL,
            subject text NOT NULL,
            raw bytea NOT NULL,
            error text NOT NULL,
            tries integer NOT NULL,
            held_at timestamptz NOT NULL,
            skipped_at timestamptz NOT NULL DEFAULT now(),
            skipped_by text NOT NULL,
            reason text NOT NULL
        )
    """)
    op.execute("CREATE INDEX skipped_place ON skipped (stream, aggregate, sequence)")
    op.execute("COMMENT ON TABLE skipped IS 'Facts that an operator skipped: who, when and why'")


def hearing_tables_v3() -> None:
    """Who states a fact counts: the place in a history, and the queue of what is held, are of an
    aggregate and its owner. Positions from before have no owner and count for whoever it is."""
    op.execute("ALTER TABLE position ADD COLUMN owner text NOT NULL DEFAULT ''")
    op.execute(
        "ALTER TABLE position DROP CONSTRAINT position_pkey, ADD PRIMARY KEY (aggregate, owner)"
    )
    op.execute("ALTER TABLE held ADD COLUMN owner text NOT NULL DEFAULT ''")
    op.execute("""
        ALTER TABLE held DROP CONSTRAINT held_pkey,
            ADD PRIMARY KEY (stream, aggregate, owner, sequence)
    """)
    op.execute(f"UPDATE held SET owner = {_OWNER} WHERE numbered")  # noqa: S608


def skipped_table_v2() -> None:
    """With the owner too."""
    op.execute("ALTER TABLE skipped ADD COLUMN owner text NOT NULL DEFAULT ''")
    op.execute(f"UPDATE skipped SET owner = {_OWNER} WHERE numbered")  # noqa: S608


_OWNER = "split_part(convert_from(raw, 'UTF8')::jsonb ->> 'source', '/', 3)"
"""Of a fact that could be read: its source is `/<site>/<owner>`."""


def redacted_table_v1() -> None:
    """What was put in other words, or is not said any more: to be deleted from its stream."""
    op.execute("""
        CREATE TABLE redacted (
            place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            subject text NOT NULL,
            stream_sequence bigint NOT NULL
        )
    """)
    op.execute("COMMENT ON TABLE redacted IS 'Messages in a stream that are to be deleted there'")
