"""What officers decide about HR's events that do not fit."""

from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE ruling (
            id uuid PRIMARY KEY,
            employee text NOT NULL,
            kind text CHECK (kind IN ('set-aside', 'counts', 'corrected', 'same-human')),
            event text,
            over text,
            "on" date,
            unit text,
            from_unit text,
            takes_back uuid UNIQUE REFERENCES ruling,
            reason text NOT NULL,
            decided_by uuid NOT NULL,
            decided_at timestamptz NOT NULL,
            CHECK ((kind IS NULL) = (takes_back IS NOT NULL) AND (kind IS NULL) = (event IS NULL)),
            CHECK ((kind IS NOT DISTINCT FROM 'counts') = (over IS NOT NULL)),
            CHECK ((kind IS NOT DISTINCT FROM 'corrected')
                = (coalesce("on"::text, unit, from_unit) IS NOT NULL))
        )
    """)
    op.execute("COMMENT ON TABLE ruling IS 'Added, never changed; undone by one that takes back'")
    op.execute("CREATE INDEX ruling_employee ON ruling (employee)")
    op.execute("CREATE INDEX ruling_unit ON ruling (unit) WHERE unit IS NOT NULL")
    # One identity may be used for events about two people.
    op.execute("ALTER TABLE unfit DROP CONSTRAINT unfit_pkey")
    op.execute("ALTER TABLE unfit ADD PRIMARY KEY (source, id, reason, about)")
    # Newest first, walked until a piece is full.
    op.execute("CREATE INDEX unfit_found ON unfit (found_at DESC, source, id, reason, about)")
