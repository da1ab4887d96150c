"""What is unfit is of a person or of a unit, and units are ruled on too."""

from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    # A unit's code and an employee number may be equal.
    op.execute("ALTER TABLE unfit ADD COLUMN of_unit boolean NOT NULL DEFAULT false")
    op.execute("""
        UPDATE unfit SET of_unit = true WHERE EXISTS (
            SELECT FROM hr_event WHERE hr_event.type LIKE 'hr.unit-%'
                AND (hr_event.source, hr_event.id, hr_event.about)
                    = (unfit.source, unfit.id, unfit.about)
        )
    """)
    op.execute("ALTER TABLE unfit DROP CONSTRAINT unfit_pkey")
    op.execute("ALTER TABLE unfit ADD PRIMARY KEY (source, id, reason, about, of_unit)")
    op.execute("DROP INDEX unfit_found")
    op.execute("""
        CREATE INDEX unfit_found ON unfit (found_at DESC, source, id, reason, about, of_unit)
    """)
    op.execute("CREATE INDEX unfit_left ON unfit (about) WHERE reason = 'people-left-in-it'")
    op.execute("ALTER TABLE ruling ALTER COLUMN employee DROP NOT NULL")
    op.execute("ALTER TABLE ruling ADD COLUMN about_unit text")
    op.execute("ALTER TABLE ruling ADD CHECK (num_nonnulls(employee, about_unit) = 1)")
    op.execute("ALTER TABLE ruling DROP CONSTRAINT ruling_kind_check")
    op.execute("""
        ALTER TABLE ruling ADD CONSTRAINT ruling_kind_check
            CHECK (kind IN ('set-aside', 'counts', 'corrected', 'same-human', 'stands'))
    """)
    op.execute("""
        CREATE INDEX ruling_about_unit ON ruling (about_unit) WHERE about_unit IS NOT NULL
    """)
    # Settled last first, walked until a piece is full.
    op.execute(
        "CREATE INDEX ruling_made ON ruling (decided_at DESC, id DESC) WHERE kind IS NOT NULL"
    )
