CREATE TABLE attachments (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    owner_kind TEXT NOT NULL,
    owner_id TEXT NOT NULL,
    field TEXT NOT NULL,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    bytes BIGINT NOT NULL CHECK (bytes > 0),
    sha256 TEXT NOT NULL CHECK (length(sha256) = 64),
    state TEXT NOT NULL CHECK (state IN ('clean', 'pending_scan')),
    uploaded_by TEXT NOT NULL REFERENCES users (id),
    uploaded_at TIMESTAMP NOT NULL,
    deleted_at TIMESTAMP,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX attachments_once ON attachments (owner_id, owner_kind, field, sha256) WHERE deleted_at IS NULL;
CREATE INDEX attachments_sha256 ON attachments (sha256);
CREATE INDEX attachments_pending ON attachments (uploaded_at) WHERE state = 'pending_scan';
