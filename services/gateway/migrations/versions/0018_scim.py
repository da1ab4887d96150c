"""SCIM: the resources of a directory, what was said of them, and what is still to be said."""

from alembic import op

revision = "0018"
down_revision = "0017"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO gateway, public")
    op.execute("""
        CREATE TABLE scim_user (
            id uuid PRIMARY KEY,
            user_name text NOT NULL,
            external_id text,
            formatted text,
            display_name text NOT NULL,
            title text,
            active boolean,
            -- As the directory writes it, and as it stands on the roll.
            employee_number text NOT NULL,
            employee text NOT NULL,
            unit text,
            version bigint NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now(),
            modified_at timestamptz NOT NULL DEFAULT now(),
            -- Accounts that were closed with it, and are opened again with it.
            closed text[] NOT NULL DEFAULT '{}',
            CONSTRAINT scim_employee UNIQUE (employee)
        )
    """)
    op.execute("CREATE UNIQUE INDEX scim_user_name ON scim_user (lower(user_name))")
    op.execute("CREATE INDEX scim_user_number ON scim_user (employee_number)")
    op.execute("CREATE INDEX scim_user_external ON scim_user (external_id)")
    op.execute("""
        CREATE TABLE scim_group (
            id uuid PRIMARY KEY,
            external_id text,
            display_name text NOT NULL,
            version bigint NOT NULL DEFAULT 1,
            created_at timestamptz NOT NULL DEFAULT now(),
            modified_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT scim_group_name UNIQUE (display_name)
        )
    """)
    op.execute("""
        CREATE TABLE scim_member (
            in_group uuid NOT NULL REFERENCES scim_group ON DELETE CASCADE,
            who uuid NOT NULL REFERENCES scim_user ON DELETE CASCADE,
            PRIMARY KEY (in_group, who)
        )
    """)
    op.execute("CREATE INDEX scim_member_of ON scim_member (who)")
    # It outlives the resource: who comes back was told of before.
    op.execute("CREATE TABLE scim_told (employee text PRIMARY KEY, told jsonb NOT NULL)")
    # Written with the resource, gone when it is on HR's stream.
    op.execute("""
        CREATE TABLE scim_event (
            place bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            raw jsonb NOT NULL,
            kept_at timestamptz NOT NULL DEFAULT now()
        )
    """)
