-- Whether one person may hold two of the three administrative posts: one row at most, and none means no.
CREATE TABLE separation_of_posts (
    id TEXT NOT NULL,
    may_be_combined BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    set_by TEXT NOT NULL REFERENCES users (id),
    set_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);

-- An administrator looks at the service as somebody else sees it. Of its token only the digest is stored.
CREATE TABLE viewings (
    id TEXT NOT NULL,
    viewer_id TEXT NOT NULL REFERENCES users (id),
    subject_id TEXT NOT NULL REFERENCES users (id),
    reason TEXT NOT NULL,
    state TEXT NOT NULL,
    asked_at TIMESTAMP NOT NULL,
    agreed_by TEXT REFERENCES users (id),
    agreed_at TIMESTAMP,
    token_digest TEXT UNIQUE,
    expires_at TIMESTAMP,
    version INTEGER NOT NULL,
    PRIMARY KEY (id),
    CHECK (viewer_id <> subject_id),
    CHECK (agreed_by IS NULL OR agreed_by <> viewer_id)
);

CREATE INDEX viewings_by_viewer ON viewings (viewer_id, id);
CREATE INDEX viewings_by_subject ON viewings (subject_id, id);
