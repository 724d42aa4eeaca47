-- The pool keeps what a draw and the search for conflicts need: what an expert is, when they cannot review, and a keyed
-- digest of their identity number (never the number).
ALTER TABLE experts ADD COLUMN kind TEXT NOT NULL DEFAULT 'practitioner'
    CHECK (kind IN ('academic', 'practitioner', 'finance', 'civil_affairs', 'enterprise', 'resident', 'other'));
ALTER TABLE experts ADD COLUMN absences TEXT NOT NULL DEFAULT '[]';
ALTER TABLE experts ADD COLUMN identity_digest TEXT;

-- The key of those digests, one for each programme; no answer of the service holds it.
CREATE TABLE identity_keys (
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    key TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (programme_id)
);

-- Ties that stand whatever is applied for: "I am a donor of …", "I worked for … until 2010".
CREATE TABLE expert_ties (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    expert_id TEXT NOT NULL REFERENCES experts (id),
    kind TEXT NOT NULL,
    organization_id TEXT REFERENCES organizations (id),
    organization_name TEXT NOT NULL,
    person_name TEXT NOT NULL,
    until_year INTEGER,
    evidence TEXT NOT NULL,
    recorded_by TEXT NOT NULL REFERENCES users (id),
    recorded_at TIMESTAMP NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX expert_ties_expert ON expert_ties (expert_id);
CREATE INDEX expert_ties_organization ON expert_ties (organization_id);

-- Who said so.
ALTER TABLE conflicts ADD COLUMN source TEXT NOT NULL DEFAULT 'expert'
    CHECK (source IN ('expert', 'applicant', 'office'));

-- A person looked at a tie and found none. Only what was found then is dismissed: other evidence is a new tie.
CREATE TABLE conflict_dismissals (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    expert_id TEXT NOT NULL REFERENCES experts (id),
    kind TEXT NOT NULL,
    evidence TEXT NOT NULL,
    reason TEXT NOT NULL,
    dismissed_by TEXT NOT NULL REFERENCES users (id),
    dismissed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX conflict_dismissals_pair ON conflict_dismissals (application_id, expert_id);

-- The applicant asks that somebody, known by name alone, should not review.
CREATE TABLE conflict_requests (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    person_name TEXT NOT NULL,
    kind TEXT NOT NULL,
    reasons TEXT NOT NULL,
    evidence TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'upheld', 'dismissed')),
    raised_by TEXT NOT NULL REFERENCES users (id),
    raised_at TIMESTAMP NOT NULL,
    expert_id TEXT REFERENCES experts (id),
    resolution TEXT,
    resolved_by TEXT REFERENCES users (id),
    resolved_at TIMESTAMP,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX conflict_requests_round ON conflict_requests (round_id, state);
CREATE INDEX conflict_requests_application ON conflict_requests (application_id);

-- 专家抽取记录: all that is needed to draw again.
CREATE TABLE panel_draws (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    seats INTEGER NOT NULL CHECK (seats >= 1),
    finance_min INTEGER NOT NULL CHECK (finance_min >= 0),
    seed TEXT NOT NULL,
    record TEXT NOT NULL,
    digest TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('drawn', 'in_force', 'cancelled')),
    supervisor_id TEXT NOT NULL REFERENCES users (id),
    drawn_by TEXT NOT NULL REFERENCES users (id),
    drawn_at TIMESTAMP NOT NULL,
    attested_at TIMESTAMP,
    cancelled_by TEXT REFERENCES users (id),
    cancelled_at TIMESTAMP,
    cancel_reason TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (id),
    CHECK (state <> 'in_force' OR attested_at IS NOT NULL),
    CHECK (state <> 'cancelled' OR cancel_reason IS NOT NULL)
);
CREATE UNIQUE INDEX panel_draws_number ON panel_draws (round_id, number);
-- A draw that waits or holds is never drawn over.
CREATE UNIQUE INDEX panel_draws_standing ON panel_draws (round_id) WHERE state <> 'cancelled';

CREATE TABLE panel_seats (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    expert_id TEXT NOT NULL REFERENCES experts (id),
    draw_id TEXT REFERENCES panel_draws (id),
    substitute_for TEXT REFERENCES experts (id),
    state TEXT NOT NULL CHECK (state IN ('seated', 'vacated')),
    reason TEXT NOT NULL,
    seated_by TEXT NOT NULL REFERENCES users (id),
    seated_at TIMESTAMP NOT NULL,
    vacated_by TEXT REFERENCES users (id),
    vacated_at TIMESTAMP,
    vacated_because TEXT,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX panel_seats_round ON panel_seats (round_id, state);
CREATE UNIQUE INDEX panel_seats_seated ON panel_seats (round_id, expert_id) WHERE state = 'seated';
