"""When a union body was known to be dissolved: an earlier word about it is kept with its time.

What was said of terms and seats is added with its time and never changed; that of a body's end is.
"""

from alembic import op

revision = "0021"
down_revision = "0020"

COLUMNS = "id, kind, unit, name, founded_on, dissolved_on"


def upgrade() -> None:
    op.execute("ALTER TABLE body ADD COLUMN known_since timestamptz")
    op.execute("UPDATE body SET known_since = coalesce(dissolved_at, entered_at)")
    op.execute("""
        ALTER TABLE body ALTER COLUMN known_since SET NOT NULL,
            ALTER COLUMN known_since SET DEFAULT now()
    """)
    op.execute(f"CREATE TABLE body_before AS SELECT {COLUMNS} FROM body WHERE false")  # noqa: S608
    op.execute("ALTER TABLE body_before ADD COLUMN known tstzrange NOT NULL")
    op.execute("""
        COMMENT ON TABLE body_before IS
            'Rows of body that hold no longer, with the time for which they were known'
    """)
    for key in ("id", "unit"):
        op.execute(f"CREATE INDEX body_before_{key} ON body_before ({key})")
    # Terms as known count those that were taken back later.
    op.execute("CREATE INDEX term_body ON term (body)")
    # Those that are dissolved already were there before; an earlier word about it was not kept.
    op.execute("""
        INSERT INTO body_before (id, kind, unit, name, founded_on, known)
        SELECT id, kind, unit, name, founded_on, tstzrange(entered_at, dissolved_at)
        FROM body WHERE entered_at < dissolved_at
    """)
    # No row of a body is ever taken away.
    op.execute("""
        CREATE FUNCTION keep_changed_of_body() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
            IF OLD.known_since < now() THEN
                INSERT INTO body_before (id, kind, unit, name, founded_on, dissolved_on, known)
                VALUES (OLD.id, OLD.kind, OLD.unit, OLD.name, OLD.founded_on, OLD.dissolved_on,
                    tstzrange(OLD.known_since, now()));
                NEW.known_since := now();
            END IF;
            RETURN NEW;
        END $$
    """)
    op.execute("""
        CREATE TRIGGER keep_changed BEFORE UPDATE ON body FOR EACH ROW
        WHEN (ROW (OLD.id, OLD.kind, OLD.unit, OLD.name, OLD.founded_on, OLD.dissolved_on)
            IS DISTINCT FROM
            ROW (NEW.id, NEW.kind, NEW.unit, NEW.name, NEW.founded_on, NEW.dissolved_on))
        EXECUTE FUNCTION keep_changed_of_body()
    """)
