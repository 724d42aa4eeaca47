-- Until when sheets are handed in: one row a round, with a soft and a hard deadline for each stage.
CREATE TABLE review_schedules (
    round_id TEXT NOT NULL REFERENCES rounds (id),
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    desk_due_at TIMESTAMP,
    desk_closes_at TIMESTAMP,
    defence_due_at TIMESTAMP,
    defence_closes_at TIMESTAMP,
    set_by TEXT NOT NULL REFERENCES users (id),
    set_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    CHECK (desk_closes_at >= desk_due_at),
    CHECK (defence_closes_at >= defence_due_at),
    PRIMARY KEY (round_id)
);

-- More time for one expert in one stage.
CREATE TABLE review_extensions (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    expert_id TEXT NOT NULL REFERENCES experts (id),
    stage TEXT NOT NULL CHECK (stage IN ('desk', 'defence')),
    closes_at TIMESTAMP NOT NULL,
    reason TEXT NOT NULL,
    given_by TEXT NOT NULL REFERENCES users (id),
    given_at TIMESTAMP NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX review_extensions_round ON review_extensions (round_id, expert_id);

-- What was told of open sheets: once each.
CREATE TABLE sheet_reminders (
    round_id TEXT NOT NULL REFERENCES rounds (id),
    stage TEXT NOT NULL CHECK (stage IN ('desk', 'defence')),
    -- An expert, or 'office' for the summary.
    told TEXT NOT NULL,
    due_at TIMESTAMP NOT NULL,
    -- So many days before it was due; -1: it was overdue.
    days_before INTEGER NOT NULL CHECK (days_before >= -1),
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    open_sheets BIGINT NOT NULL,
    sent_at TIMESTAMP NOT NULL,
    PRIMARY KEY (round_id, stage, told, due_at, days_before)
);

-- Every version of a sheet that was signed; insert-only.
CREATE TABLE review_versions (
    review_id TEXT NOT NULL REFERENCES reviews (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    marks TEXT NOT NULL,
    mark_comments TEXT NOT NULL,
    suggested_amount BIGINT,
    comment TEXT NOT NULL,
    staff_comment TEXT NOT NULL,
    total BIGINT NOT NULL,
    signed TEXT NOT NULL,
    digest TEXT NOT NULL,
    signed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (review_id, number)
);

-- Why a signed sheet should be opened again; a note opens it once.
CREATE TABLE supervisor_notes (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    review_id TEXT NOT NULL REFERENCES reviews (id),
    reason TEXT NOT NULL,
    written_by TEXT NOT NULL REFERENCES users (id),
    written_at TIMESTAMP NOT NULL,
    used_by TEXT REFERENCES users (id),
    used_at TIMESTAMP,
    -- The signed version that it opened.
    opened INTEGER,
    CHECK ((used_by IS NULL) = (used_at IS NULL) AND (used_by IS NULL) = (opened IS NULL)),
    CHECK (used_by <> written_by),
    PRIMARY KEY (id)
);
CREATE INDEX supervisor_notes_review ON supervisor_notes (review_id);
CREATE UNIQUE INDEX supervisor_notes_opened ON supervisor_notes (review_id, opened);

-- A day of pitches.
CREATE TABLE defence_sessions (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    starts_at TIMESTAMP NOT NULL,
    place TEXT NOT NULL,
    minutes INTEGER NOT NULL CHECK (minutes >= 1),
    seed TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX defence_sessions_number ON defence_sessions (round_id, number);

-- Whose turn it is: by lot, and where somebody was moved to the end, the lot stays.
CREATE TABLE defence_slots (
    session_id TEXT NOT NULL REFERENCES defence_sessions (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    reference TEXT NOT NULL,
    lot INTEGER NOT NULL CHECK (lot >= 1),
    drawn TEXT NOT NULL,
    position INTEGER NOT NULL CHECK (position >= lot),
    moved_because TEXT NOT NULL,
    PRIMARY KEY (session_id, application_id)
);
CREATE UNIQUE INDEX defence_slots_application ON defence_slots (application_id);
CREATE UNIQUE INDEX defence_slots_position ON defence_slots (session_id, position);
