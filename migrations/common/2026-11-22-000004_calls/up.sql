-- The call: its form, its kind, its versions, its review batches; and the working days of a year.

ALTER TABLE rounds ADD COLUMN form_number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rounds ADD COLUMN kind TEXT NOT NULL DEFAULT 'fixed' CHECK (kind IN ('fixed', 'rolling', 'contest'));
ALTER TABLE rounds ADD COLUMN batch_number INTEGER NOT NULL DEFAULT 1;
ALTER TABLE rounds ADD COLUMN call_number INTEGER NOT NULL DEFAULT 0;
ALTER TABLE rounds ADD COLUMN copied_from TEXT;

CREATE TABLE forms (
    round_id TEXT NOT NULL REFERENCES rounds (id),
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (round_id, number)
);

CREATE TABLE review_batches (
    round_id TEXT NOT NULL REFERENCES rounds (id),
    number INTEGER NOT NULL,
    closed_by TEXT NOT NULL REFERENCES users (id),
    closed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (round_id, number)
);

CREATE TABLE call_versions (
    round_id TEXT NOT NULL REFERENCES rounds (id),
    number INTEGER NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('publication', 'correction', 'extension')),
    reason TEXT NOT NULL,
    body TEXT NOT NULL,
    digest TEXT NOT NULL,
    published_by TEXT NOT NULL REFERENCES users (id),
    published_at TIMESTAMP NOT NULL,
    PRIMARY KEY (round_id, number)
);

CREATE TABLE calendar_years (
    year INTEGER NOT NULL,
    body TEXT NOT NULL,
    published BOOLEAN NOT NULL,
    updated_by TEXT NOT NULL REFERENCES users (id),
    updated_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (year)
);
