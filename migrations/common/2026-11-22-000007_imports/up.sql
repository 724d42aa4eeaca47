-- Long work as rows, imports of sheets, and what can be searched.

CREATE TABLE jobs (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'done', 'failed')),
    done_count INTEGER NOT NULL CHECK (done_count >= 0),
    total_count INTEGER NOT NULL CHECK (total_count >= 0),
    lease_until TIMESTAMP,
    owner TEXT,
    attempts INTEGER NOT NULL,
    error TEXT,
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    PRIMARY KEY (id),
    CHECK (state <> 'running' OR (owner IS NOT NULL AND lease_until IS NOT NULL))
);
CREATE INDEX jobs_waiting ON jobs (id) WHERE state IN ('queued', 'running');
CREATE INDEX jobs_subject ON jobs (subject_id, id);

CREATE TABLE imports (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT REFERENCES rounds (id),
    kind TEXT NOT NULL CHECK (kind IN ('applications', 'track_records')),
    state TEXT NOT NULL CHECK (state IN ('checking', 'checked', 'importing', 'imported', 'failed')),
    media TEXT NOT NULL,
    digest TEXT NOT NULL,
    row_count INTEGER NOT NULL CHECK (row_count > 0),
    fault_count INTEGER NOT NULL CHECK (fault_count >= 0),
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    confirmed_by TEXT REFERENCES users (id),
    confirmed_at TIMESTAMP,
    version INTEGER NOT NULL,
    PRIMARY KEY (id),
    CHECK ((kind = 'applications') = (round_id IS NOT NULL)),
    CHECK (state <> 'imported' OR (fault_count = 0 AND confirmed_by IS NOT NULL))
);
CREATE INDEX imports_programme ON imports (programme_id, id);

CREATE TABLE import_contents (
    import_id TEXT NOT NULL REFERENCES imports (id),
    sheet TEXT NOT NULL,
    preview TEXT NOT NULL,
    outcome TEXT NOT NULL,
    PRIMARY KEY (import_id)
);

CREATE TABLE import_faults (
    import_id TEXT NOT NULL REFERENCES imports (id),
    position INTEGER NOT NULL,
    row_number INTEGER NOT NULL,
    column_code TEXT,
    code TEXT NOT NULL,
    params TEXT NOT NULL,
    PRIMARY KEY (import_id, position)
);

CREATE TABLE search_entries (
    kind TEXT NOT NULL CHECK (kind IN ('application', 'organization')),
    subject_id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT REFERENCES rounds (id),
    folded TEXT NOT NULL,
    literal TEXT NOT NULL,
    initials TEXT NOT NULL,
    PRIMARY KEY (kind, subject_id)
);
CREATE INDEX search_entries_programme ON search_entries (programme_id, kind);
