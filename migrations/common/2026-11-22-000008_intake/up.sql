-- The intake: a form's answers, sections saved one by one, revisions, receipts, corrections, machine findings.

ALTER TABLE applications ADD COLUMN lead_name TEXT NOT NULL DEFAULT '';
ALTER TABLE applications ADD COLUMN lead_phone TEXT;
ALTER TABLE applications ADD COLUMN unit_id TEXT;
ALTER TABLE applications ADD COLUMN funded_elsewhere BOOLEAN;
ALTER TABLE applications ADD COLUMN answers TEXT NOT NULL DEFAULT '{}';
ALTER TABLE applications ADD COLUMN form_number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE applications ADD COLUMN track TEXT CHECK (track IN ('registered', 'filed'));
ALTER TABLE applications ADD COLUMN batch_number INTEGER;
ALTER TABLE applications ADD COLUMN extended_until TIMESTAMP;
CREATE INDEX applications_lead_phone ON applications (programme_id, lead_phone);

-- More categories than before: SQLite cannot change a CHECK, so the table is made anew on both databases.
CREATE TABLE budget_lines_new (
    id TEXT NOT NULL,
    application_id TEXT NOT NULL REFERENCES applications (id),
    position INTEGER NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('activity', 'personnel', 'volunteer', 'overhead', 'tax', 'publicity', 'expert_fee', 'fixed_assets', 'infrastructure', 'cash_gifts')),
    item TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    from_fund BOOLEAN NOT NULL,
    PRIMARY KEY (id)
);
INSERT INTO budget_lines_new (id, application_id, position, category, item, amount, from_fund)
    SELECT id, application_id, position, category, item, amount, from_fund FROM budget_lines;
DROP TABLE budget_lines;
ALTER TABLE budget_lines_new RENAME TO budget_lines;
CREATE UNIQUE INDEX budget_lines_position ON budget_lines (application_id, position);

ALTER TABLE eligibility_checks ADD COLUMN checklist TEXT NOT NULL DEFAULT '[]';
ALTER TABLE eligibility_checks ADD COLUMN machine TEXT NOT NULL DEFAULT '[]';

CREATE TABLE application_sections (
    application_id TEXT NOT NULL REFERENCES applications (id),
    code TEXT NOT NULL,
    version INTEGER NOT NULL,
    updated_by TEXT NOT NULL REFERENCES users (id),
    updated_at TIMESTAMP NOT NULL,
    PRIMARY KEY (application_id, code)
);

CREATE TABLE application_revisions (
    application_id TEXT NOT NULL REFERENCES applications (id),
    number INTEGER NOT NULL,
    changes TEXT NOT NULL,
    made_by TEXT NOT NULL REFERENCES users (id),
    made_at TIMESTAMP NOT NULL,
    PRIMARY KEY (application_id, number)
);

CREATE TABLE receipts (
    application_id TEXT NOT NULL REFERENCES applications (id),
    number INTEGER NOT NULL,
    reference TEXT NOT NULL,
    received_at TIMESTAMP NOT NULL,
    received_from TEXT NOT NULL REFERENCES users (id),
    content TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (application_id, number)
);

CREATE TABLE correction_requests (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    number INTEGER NOT NULL,
    defects TEXT NOT NULL,
    note TEXT NOT NULL,
    due_on TEXT NOT NULL,
    provisional BOOLEAN NOT NULL,
    requested_by TEXT NOT NULL REFERENCES users (id),
    requested_at TIMESTAMP NOT NULL,
    answered_at TIMESTAMP,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX correction_requests_number ON correction_requests (application_id, number);

CREATE TABLE text_sketches (
    subject_id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('application', 'track_record')),
    label TEXT NOT NULL,
    sketch TEXT NOT NULL,
    PRIMARY KEY (subject_id)
);
CREATE INDEX text_sketches_programme ON text_sketches (programme_id);
