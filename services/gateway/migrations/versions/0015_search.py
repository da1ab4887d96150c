"""Proposals and courses are found by the words in them; what is there already too."""

import sqlalchemy as sa
from alembic import op

from services.gateway.views.courses import words_of_course
from services.gateway.views.proposals import words_of_answer, words_of_proposal

revision = "0015"
down_revision = "0014"

AT_ONCE = 500


def upgrade() -> None:
    op.execute("SET LOCAL search_path TO views, public")
    for table in ("proposal", "course"):
        op.execute(f"ALTER TABLE {table} ADD COLUMN words tsvector NOT NULL DEFAULT ''")
    _find_proposals()
    _find_courses()
    op.execute("DROP INDEX proposal_words")
    for table in ("proposal", "course"):
        op.execute(f"CREATE INDEX {table}_words ON {table} USING gin (words)")


def _find_proposals() -> None:
    """As the reactions would have filled it, one after the other."""
    said = sa.text("""
        UPDATE proposal SET words = CAST(:made AS tsvector) || CAST(:answer AS tsvector)
        WHERE id = :id
    """)
    found = op.get_bind().execute(sa.text("SELECT id, title, body, reasons FROM proposal"))
    for some in found.mappings().partitions(AT_ONCE):
        filled = [
            {
                "id": row["id"],
                "made": words_of_proposal(row["title"], row["body"]),
                "answer": words_of_answer(row["reasons"] or ""),
            }
            for row in some
        ]
        op.get_bind().execute(said, filled)


def _find_courses() -> None:
    said = sa.text("UPDATE course SET words = CAST(:words AS tsvector) WHERE id = :id")
    found = op.get_bind().execute(sa.text("SELECT id, title FROM course"))
    for some in found.mappings().partitions(AT_ONCE):
        filled = [{"id": row["id"], "words": words_of_course(row["title"])} for row in some]
        op.get_bind().execute(said, filled)
