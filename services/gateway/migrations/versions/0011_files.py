"""Files that people bring: of a proposal or its answer, or waiting with a form not sent yet."""

from alembic import op

revision = "0011"
down_revision = "0010"


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO gateway, public")
    # Who brought it is not here: an author may be hidden. `bundle` stands for an account and a form
    # and can be made by the gateway alone.
    op.execute("""
        CREATE TABLE file (
            id uuid PRIMARY KEY DEFAULT uuidv7(),
            bundle bytea,
            waits_until timestamptz,
            proposal uuid,
            part text CHECK (part IN ('matter', 'answer')),
            name text NOT NULL,
            shows text NOT NULL,
            kind text NOT NULL
                CHECK (kind IN ('image/jpeg', 'image/png', 'image/webp', 'application/pdf')),
            size integer NOT NULL,
            sha256 bytea NOT NULL,
            width integer,
            height integer,
            preview bytea,
            preview_width integer,
            preview_height integer,
            taken_off_on date,
            CHECK ((bundle IS NULL) = (waits_until IS NULL)),
            CHECK ((proposal IS NULL) = (part IS NULL)),
            CHECK ((bundle IS NULL) <> (proposal IS NULL))
        )
    """)
    op.execute("CREATE UNIQUE INDEX file_bundle ON file (bundle, sha256) WHERE bundle IS NOT NULL")
    op.execute("""
        CREATE UNIQUE INDEX file_proposal ON file (proposal, part, sha256)
        WHERE proposal IS NOT NULL AND taken_off_on IS NULL
    """)
    op.execute("CREATE INDEX file_of ON file (proposal, id) WHERE proposal IS NOT NULL")
    op.execute("CREATE INDEX file_waits ON file (waits_until) WHERE waits_until IS NOT NULL")
    # In pieces, so that a file is read as it is sent, never whole.
    op.execute("""
        CREATE TABLE file_piece (
            file uuid REFERENCES file ON DELETE CASCADE,
            number integer,
            bytes bytea NOT NULL,
            PRIMARY KEY (file, number)
        )
    """)
    # Pictures and PDF are compressed already.
    op.execute("ALTER TABLE file_piece ALTER COLUMN bytes SET STORAGE EXTERNAL")
    op.execute("ALTER TABLE file ALTER COLUMN preview SET STORAGE EXTERNAL")
