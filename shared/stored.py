"""The answers that were given, kept with their commands: the second copy gets the first answer."""

from sqlalchemy import text

from shared.database import Session
from shared.messages import ANSWER, Answer, Refused

_REMEMBER = text("""
    INSERT INTO command (digest, body, answer) VALUES (:digest, :body, :answer)
    ON CONFLICT DO NOTHING RETURNING digest
""")
_RECALL = text("SELECT body, answer FROM command WHERE digest = :digest")


async def refuse(session: Session, digest: bytes, body: bytes, refused: Refused) -> Answer:
    """Keeps a refusal; the answer that was there before it counts. A good answer is written by
    `outbox.close_commands`, with all that the command did."""
    row = {"digest": digest, "body": body, "answer": refused.model_dump_json()}
    if await session.scalar(_REMEMBER, row) is None:
        return await recall(session, digest, body) or refused
    return refused


async def recall(session: Session, digest: bytes, body: bytes) -> Answer | None:
    """What was answered before. A refusal (422) when that was to another body."""
    stored = (await session.execute(_RECALL, {"digest": digest})).one_or_none()
    if stored is None:
        return None
    if stored.body != body:
        return Refused(
            status=422,
            code="key-reused",
            detail="this Idempotency-Key was used with another body; take a new key",
        )
    return ANSWER.validate_json(stored.answer)
