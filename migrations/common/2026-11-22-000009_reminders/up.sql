-- Reminders that were sent, the office's own texts of letters, letters that were given up.

-- A reminder is sent once for each last day there was: whoever is given more time is reminded anew.
CREATE TABLE reminders (
    subject_kind TEXT NOT NULL CHECK (subject_kind IN ('application', 'correction_request')),
    subject_id TEXT NOT NULL,
    due_on TEXT NOT NULL,
    days_before INTEGER NOT NULL CHECK (days_before >= 0),
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    sent_at TIMESTAMP NOT NULL,
    PRIMARY KEY (subject_kind, subject_id, due_on, days_before)
);
CREATE INDEX reminders_programme ON reminders (programme_id, due_on);

-- An empty text is the program's own: the row stays, so that a version is never given twice.
CREATE TABLE letter_templates (
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    cause TEXT NOT NULL,
    language TEXT NOT NULL CHECK (language IN ('zh', 'en')),
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    updated_by TEXT NOT NULL REFERENCES users (id),
    updated_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (programme_id, cause, language)
);

ALTER TABLE outbox ADD COLUMN programme_id TEXT;
ALTER TABLE outbox ADD COLUMN dead_at TIMESTAMP;
UPDATE outbox SET dead_at = due_at WHERE sent_at IS NULL AND attempts >= 10;
CREATE INDEX outbox_dead ON outbox (programme_id) WHERE dead_at IS NOT NULL;
