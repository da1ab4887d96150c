"""A month's payroll, what of it is kept, what did not fit, and the firm's 2 %."""

from alembic import op

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    op.execute("""
        CREATE TABLE payroll (
            id uuid PRIMARY KEY,
            unit uuid NOT NULL REFERENCES unit,
            month date NOT NULL CHECK (extract(day FROM month) = 1),
            state text NOT NULL,
            rows int NOT NULL,
            wages bigint NOT NULL,
            dues bigint NOT NULL,
            all_wages bigint NOT NULL,
            rows_found int NOT NULL DEFAULT 0,
            wages_found bigint NOT NULL DEFAULT 0,
            dues_found bigint NOT NULL DEFAULT 0,
            verdict jsonb NOT NULL,
            found jsonb,
            opened_by text NOT NULL,
            opened_at timestamptz NOT NULL DEFAULT now(),
            booked_by text,
            booked_on date,
            reversed_by text,
            reversed_on date,
            reason text
        )
    """)
    op.execute("COMMENT ON TABLE payroll IS 'Amounts in fen; found: how many of each, once booked'")
    op.execute("CREATE INDEX payroll_month ON payroll (month, unit)")
    op.execute("""
        CREATE TABLE payroll_row (
            payroll uuid NOT NULL REFERENCES payroll ON DELETE CASCADE,
            line int NOT NULL,
            number text,
            person uuid REFERENCES person,
            money text NOT NULL,
            wrong text,
            verdict text,
            amounts bytea NOT NULL,
            PRIMARY KEY (payroll, line)
        )
    """)
    op.execute("COMMENT ON COLUMN payroll_row.amounts IS 'Owed and withheld, encrypted; no wages'")
    op.execute("CREATE INDEX payroll_row_person ON payroll_row (person) WHERE person IS NOT NULL")
    op.execute("""
        CREATE TABLE dues_fault (
            id uuid PRIMARY KEY,
            payroll uuid NOT NULL REFERENCES payroll,
            place int NOT NULL,
            kind text NOT NULL,
            person uuid REFERENCES person,
            number text,
            lines int[] NOT NULL,
            why text,
            settled text,
            settled_on date,
            settled_by text,
            UNIQUE (payroll, place)
        )
    """)
    op.execute("CREATE INDEX dues_fault_person ON dues_fault (person) WHERE person IS NOT NULL")
    op.execute("""
        CREATE TABLE fund_receipt (
            id uuid PRIMARY KEY,
            unit uuid NOT NULL REFERENCES unit,
            month date NOT NULL CHECK (extract(day FROM month) = 1),
            amount bigint NOT NULL CHECK (amount > 0),
            came_on date NOT NULL,
            reference text NOT NULL,
            entered_by text NOT NULL,
            entered_at timestamptz NOT NULL DEFAULT now(),
            taken_back_on date,
            taken_back_by text,
            reason text
        )
    """)
    op.execute("CREATE INDEX fund_receipt_month ON fund_receipt (month, unit)")
