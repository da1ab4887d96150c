-- The rows that one accepted submit-proposal leaves behind.
BEGIN;
INSERT INTO command (digest, body, answer) VALUES (decode(replace(uuidv7()::text, '-', ''), 'hex'), decode(md5('body'), 'hex'), '{"kind":"accepted","id":"01a2082a-5b86-745c-97fe-b943daac0914","home":"hq","facts":[{"aggregate":"01a2082a-5b86-745c-97fe-b943daac0914","sequence":1}]}');
INSERT INTO proposal (id, unit, author, author_seal, category, title, body, state, supports, submitted_on, due_on, due_verdict, overdue) VALUES (uuidv7(), uuidv7(), uuidv7(), decode(md5('seal'), 'hex'), 'production', 'said to be timed', 'A body of the usual length, which says what should be better and how it might be done.', 'open', 0, current_date, current_date + 30, '{"rule": "proposal-answer", "inputs": {"days": 30, "count": "calendar", "category": "production", "province": "*", "submitted_on": "2026-11-23"}, "version": 2, "citation": "rule", "standing": "house", "provisional": false}', false);
INSERT INTO due (what, key, at) VALUES ('proposal-answer', uuidv7()::text, now() + interval '31 days');
INSERT INTO aggregate (id, last) VALUES (uuidv7(), 1);
INSERT INTO outbox (fact, subject, aggregate, sequence, payload) VALUES (uuidv7(), 'events.hq.democracy.proposal-submitted', uuidv7(), 1, decode(repeat('41', 760), 'hex'));
COMMIT;
