-- 分派方案: a proposal who reviews what. It binds nobody until it is adopted. Input, result and what they rest on are
-- kept, so that anybody can compute it again.
CREATE TABLE assignment_plans (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    number INTEGER NOT NULL CHECK (number >= 1),
    state TEXT NOT NULL CHECK (state IN ('proposed', 'adopted')),
    stage TEXT NOT NULL CHECK (stage IN ('desk', 'defence')),
    reading INTEGER NOT NULL CHECK (reading >= 1),
    objective TEXT NOT NULL CHECK (objective IN ('total', 'fair')),
    seed TEXT NOT NULL,
    -- How many plans of the round were adopted before it was made.
    basis INTEGER NOT NULL CHECK (basis >= 0),
    parameters TEXT NOT NULL,
    input TEXT NOT NULL,
    input_digest TEXT NOT NULL,
    result TEXT NOT NULL,
    program_version TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    adopted_by TEXT REFERENCES users (id),
    adopted_at TIMESTAMP,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX assignment_plans_number ON assignment_plans (round_id, number);
