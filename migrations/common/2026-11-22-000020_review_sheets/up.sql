-- A sheet belongs to a stage (desk, defence) and to a reading (a second scoring is reading 2); the chair locks it after
-- the expert has signed; one that nobody has opened may be released again.
CREATE TABLE reviews_next (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    expert_id TEXT NOT NULL REFERENCES experts (id),
    state TEXT NOT NULL CHECK (state IN ('assigned', 'declared', 'submitted', 'locked', 'recused', 'released')),
    marks TEXT NOT NULL,
    suggested_amount BIGINT CHECK (suggested_amount >= 0),
    comment TEXT NOT NULL,
    total BIGINT CHECK (total >= 0 AND total <= 10000),
    declared_at TIMESTAMP,
    submitted_at TIMESTAMP,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    stage TEXT NOT NULL DEFAULT 'desk' CHECK (stage IN ('desk', 'defence')),
    reading INTEGER NOT NULL DEFAULT 1 CHECK (reading >= 1),
    mark_comments TEXT NOT NULL DEFAULT '{}',
    staff_comment TEXT NOT NULL DEFAULT '',
    digest TEXT,
    locked_by TEXT REFERENCES users (id),
    locked_at TIMESTAMP,
    PRIMARY KEY (id)
);
INSERT INTO reviews_next (id, programme_id, round_id, application_id, expert_id, state, marks, suggested_amount, comment,
    total, declared_at, submitted_at, created_by, created_at, updated_at, version)
SELECT id, programme_id, round_id, application_id, expert_id, state, marks, suggested_amount, comment,
    total, declared_at, submitted_at, created_by, created_at, updated_at, version FROM reviews;
DROP TABLE reviews;
ALTER TABLE reviews_next RENAME TO reviews;
CREATE UNIQUE INDEX reviews_sheet ON reviews (application_id, expert_id, stage, reading);
CREATE INDEX reviews_round ON reviews (round_id, state);
CREATE INDEX reviews_expert ON reviews (expert_id);

-- How many applications an expert takes; none: what the round's policy says.
ALTER TABLE experts ADD COLUMN min_load INTEGER NOT NULL DEFAULT 0 CHECK (min_load >= 0);
ALTER TABLE experts ADD COLUMN max_load INTEGER CHECK (max_load >= 0);
-- Only admitted experts get anything new.
ALTER TABLE experts ADD COLUMN state TEXT NOT NULL DEFAULT 'admitted' CHECK (state IN ('admitted', 'suspended', 'removed'));
