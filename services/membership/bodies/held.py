"""What holds, from what was said: tables to select from, which are nowhere kept."""

TERM_HELD = """(
    SELECT term.*, LEAST(body.dissolved_on, next.since) AS over_on, next.elected_on AS next_on
    FROM term JOIN body ON body.id = term.body LEFT JOIN LATERAL (
        SELECT since, elected_on FROM term AS later WHERE later.body = term.body
            AND later.since > term.since AND later.withdrawn_at IS NULL
        ORDER BY since LIMIT 1
    ) AS next ON true
    WHERE term.withdrawn_at IS NULL
)"""
"""Terms that were not taken back. One goes on until the next begins or the body ends (`over_on`),
however long that takes; `next_on` is when the next was elected."""
SEAT_HELD = f"""(
    SELECT seat.id, seat.term, term_held.body, seat.post,
        coalesce(elected.same_as, elected.id) AS person, seat.since,
        LEAST(ended.until, term_held.over_on) AS until,
        CASE WHEN ended.until <= coalesce(term_held.over_on, ended.until) THEN ended.why END
            AS why,
        seat.acting, seat.vouched, seat.role
    FROM seat JOIN {TERM_HELD} AS term_held ON term_held.id = seat.term
    JOIN person AS elected ON elected.id = seat.person LEFT JOIN LATERAL (
        SELECT until, why FROM seat_end WHERE seat_end.seat = seat.id ORDER BY nth DESC LIMIT 1
    ) AS ended ON true
)"""  # noqa: S608
"""Seats of these terms, by the last word about each; of whom it turned out that they are another,
they are that one's. Until is not after since: never held."""
