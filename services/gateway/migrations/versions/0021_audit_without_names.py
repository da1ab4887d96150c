"""The audit log names nobody: its entries hold ids, and what these stand for is a table beside it,
from which a person can be taken away without an entry or a seal being touched."""

from alembic import op

revision = "0021"
down_revision = "0020"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO gateway, public")
    op.execute("""
        CREATE TABLE audit_name (
            id uuid PRIMARY KEY,
            salt bytea,
            name text UNIQUE,
            CHECK ((salt IS NULL) = (name IS NULL))
        )
    """)
    op.execute("""
        COMMENT ON TABLE audit_name IS
            'Accounts, and numbers and codes that were read; without a name: of who was erased'
    """)
    # The id is made of the name and a salt. So who changes the name is found, and when both are
    # gone nobody finds out by trying which name it was.
    op.execute("""
        CREATE FUNCTION audit_id(salt bytea, name text) RETURNS uuid LANGUAGE sql IMMUTABLE AS $$
            SELECT CAST(encode(substr(sha256(salt || convert_to(name, 'UTF8')), 1, 16), 'hex')
                AS uuid)
        $$
    """)
    # Each statement of a volatile function sees what others have committed by then.
    op.execute("""
        CREATE FUNCTION audit_thing(said text) RETURNS uuid LANGUAGE plpgsql AS $$
        DECLARE found uuid; fresh bytea := uuid_send(gen_random_uuid());
        BEGIN
            IF said ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' THEN
                RETURN CAST(said AS uuid);
            END IF;
            SELECT id INTO found FROM audit_name WHERE name = said;
            IF found IS NULL AND said IS NOT NULL THEN
                INSERT INTO audit_name (id, salt, name)
                VALUES (audit_id(fresh, said), fresh, said) ON CONFLICT DO NOTHING;
                SELECT id INTO found FROM audit_name WHERE name = said;
            END IF;
            RETURN found;
        END $$
    """)
    op.execute("ALTER TABLE audit RENAME TO audit_entry")
    for column in ("account", "about"):
        op.execute(f"""
            ALTER TABLE audit_entry ALTER COLUMN {column} TYPE uuid USING audit_thing({column})
        """)
    # What they were made of has other words now. The next seal is upon all entries from the first.
    op.execute("DELETE FROM audit_seal")
    op.execute("""
        CREATE VIEW audit WITH (security_invoker) AS
        SELECT entry.id, entry.at, coalesce(who.name, CAST(entry.account AS text)) AS account,
            entry.person, entry.what, entry.subject,
            coalesce(thing.name, CAST(entry.about AS text)) AS about, entry.code, entry.trace_id
        FROM audit_entry AS entry
        LEFT JOIN audit_name AS who ON who.id = entry.account
        LEFT JOIN audit_name AS thing ON thing.id = entry.about
    """)
    op.execute("COMMENT ON VIEW audit IS 'The log as one reads it'")
    op.execute("REVOKE UPDATE, DELETE ON audit_entry, audit_seal FROM gateway")
