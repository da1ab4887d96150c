"""What was known when: a row says since when it is known, and one that is changed or taken away
stays beside the table with the time for which it was known."""

from alembic import op

revision = "0009"
down_revision = "0008"

TABLES = {
    "employment": ("person, during", "person"),
    "stay": ("person, unit, post, during", "person, unit"),
    "member": ("person, during", "person"),
    "post": ("id, person, role, unit, during", "id, unit"),
    "unit_placement": ("unit, name, parent, path, plant, during", "unit"),
}
"""Each with the columns that are kept, and those that are looked up by."""


def upgrade() -> None:
    for table, (columns, keys) in TABLES.items():
        # What is there already counts as known since ever: when it was learned was not kept.
        op.execute(f"""
            ALTER TABLE {table}
                ADD COLUMN known_since timestamptz NOT NULL DEFAULT '-infinity'
        """)
        op.execute(f"ALTER TABLE {table} ALTER COLUMN known_since SET DEFAULT now()")
        op.execute(f"CREATE TABLE {table}_before AS SELECT {columns} FROM {table} WHERE false")  # noqa: S608
        op.execute(f"ALTER TABLE {table}_before ADD COLUMN known tstzrange NOT NULL")
        op.execute(f"""
            COMMENT ON TABLE {table}_before IS
                'Rows of {table} that hold no longer, with the time for which they were known'
        """)
        for key in keys.split(", "):
            op.execute(f"CREATE INDEX {table}_before_{key} ON {table}_before ({key})")
        # By triggers, so that whoever writes these tables need not think of it. What came and went
        # within one transaction was never known.
        op.execute(f"""
            CREATE FUNCTION keep_gone_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                INSERT INTO {table}_before ({columns}, known)
                SELECT {columns}, tstzrange(known_since, now()) FROM gone
                WHERE known_since < now();
                RETURN NULL;
            END $$
        """)  # noqa: S608 - all of it is ours
        op.execute(f"""
            CREATE TRIGGER keep_gone AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone
            FOR EACH STATEMENT EXECUTE FUNCTION keep_gone_of_{table}()
        """)
        values = ", ".join(f"OLD.{column}" for column in columns.split(", "))
        op.execute(f"""
            CREATE FUNCTION keep_changed_of_{table}() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF OLD.known_since < now() THEN
                    INSERT INTO {table}_before ({columns}, known)
                    VALUES ({values}, tstzrange(OLD.known_since, now()));
                    NEW.known_since := now();
                END IF;
                RETURN NEW;
            END $$
        """)  # noqa: S608
        changed = ", ".join(f"NEW.{column}" for column in columns.split(", "))
        op.execute(f"""
            CREATE TRIGGER keep_changed BEFORE UPDATE ON {table} FOR EACH ROW
            WHEN (ROW ({values}) IS DISTINCT FROM ROW ({changed}))
            EXECUTE FUNCTION keep_changed_of_{table}()
        """)
