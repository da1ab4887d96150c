"""How far HR's lists and the roll are apart, person by person and counted by day."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE drift (
            id uuid PRIMARY KEY,
            comparison uuid NOT NULL,
            counts boolean NOT NULL DEFAULT false,
            found_on date NOT NULL,
            kind text NOT NULL,
            employee text NOT NULL,
            name text,
            hr_unit text,
            our_unit text,
            unit text NOT NULL,
            path text NOT NULL,
            plant text NOT NULL,
            reason text,
            left_by text,
            left_at timestamptz,
            UNIQUE (comparison, kind, employee)
        )
    """)
    op.execute("CREATE INDEX drift_there ON drift (path, kind, employee, id) WHERE counts")
    op.execute("CREATE INDEX drift_employee ON drift (employee)")
    op.execute("""
        CREATE TABLE drift_list (
            comparison uuid PRIMARY KEY,
            path text NOT NULL,
            found_on date NOT NULL
        )
    """)
    op.execute("""
        CREATE TABLE drift_day (
            plant text NOT NULL,
            found_on date NOT NULL,
            kind text NOT NULL,
            count integer NOT NULL,
            PRIMARY KEY (plant, found_on, kind)
        )
    """)
