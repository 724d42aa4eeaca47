-- What the chair confirmed is known by its sheets and their totals: a sheet that was opened again asks for a new word.
ALTER TABLE score_confirmations ADD COLUMN digest TEXT NOT NULL DEFAULT '';
DROP INDEX score_confirmations_once;
CREATE UNIQUE INDEX score_confirmations_once ON score_confirmations (application_id, reviews_counted, digest);

-- 复评: ordered by the chair, agreed by a supervisor. What came of it follows from the sheets.
CREATE TABLE re_reviews (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    stage TEXT NOT NULL CHECK (stage IN ('desk', 'defence')),
    kind TEXT NOT NULL CHECK (kind IN ('second_scoring', 'another_reviewer')),
    expert_id TEXT REFERENCES experts (id),
    reading INTEGER NOT NULL CHECK (reading >= 1),
    state TEXT NOT NULL CHECK (state IN ('ordered', 'agreed', 'refused')),
    reason TEXT NOT NULL,
    before_scores TEXT NOT NULL,
    ordered_by TEXT NOT NULL REFERENCES users (id),
    ordered_at TIMESTAMP NOT NULL,
    answered_by TEXT REFERENCES users (id),
    answered_at TIMESTAMP,
    note TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id),
    CHECK (answered_by <> ordered_by),
    CHECK ((kind = 'another_reviewer') = (expert_id IS NOT NULL))
);
CREATE INDEX re_reviews_round ON re_reviews (round_id, state);
CREATE INDEX re_reviews_application ON re_reviews (application_id);

-- What was shown when the decision was taken; insert-only.
CREATE TABLE review_snapshots (
    round_id TEXT NOT NULL REFERENCES rounds (id),
    kind TEXT NOT NULL CHECK (kind IN ('ranking', 'statistics')),
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    body TEXT NOT NULL,
    digest TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (round_id, kind)
);
