-- Which keys the database was sealed with: names and fingerprints, never the keys.
CREATE TABLE data_keys (
    id TEXT NOT NULL PRIMARY KEY,
    fingerprint TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL
);

-- Equal values of sealed columns are found by a keyed digest.
CREATE TABLE blind_indexes (
    place TEXT NOT NULL,
    row_id TEXT NOT NULL,
    digest TEXT NOT NULL,
    PRIMARY KEY (place, row_id)
);
CREATE INDEX blind_indexes_digest ON blind_indexes (place, digest);
-- One account a phone number, one account an address: what the columns themselves can no longer tell.
CREATE UNIQUE INDEX blind_indexes_logins ON blind_indexes (place, digest)
    WHERE place IN ('users.phone', 'users.email');

-- What is sealed anew each time is found by no index of its own.
DROP INDEX invitations_phone;
DROP INDEX sign_in_codes_phone;
DROP INDEX applications_lead_phone;

-- Who saw whose data: one row for each value that was shown plain to somebody whose it is not.
CREATE TABLE personal_data_accesses (
    id TEXT NOT NULL PRIMARY KEY,
    programme_id TEXT,
    actor_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    field TEXT NOT NULL,
    purpose TEXT NOT NULL CHECK (purpose IN ('revelation', 'export', 'print', 'payment')),
    reason TEXT NOT NULL,
    at TIMESTAMP NOT NULL
);
CREATE INDEX personal_data_accesses_at ON personal_data_accesses (at, id);
CREATE INDEX personal_data_accesses_subject ON personal_data_accesses (subject_id, at);
CREATE INDEX personal_data_accesses_actor ON personal_data_accesses (actor_id, at);

-- A person asks for the erasure of their data; somebody else decides.
CREATE TABLE erasure_requests (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    state TEXT NOT NULL CHECK (state IN ('requested', 'refused', 'erased')),
    reason TEXT NOT NULL,
    requested_at TIMESTAMP NOT NULL,
    decided_by TEXT REFERENCES users (id),
    decided_at TIMESTAMP,
    note TEXT NOT NULL,
    certificate TEXT,
    version INTEGER NOT NULL CHECK (version > 0)
);
CREATE UNIQUE INDEX erasure_requests_open ON erasure_requests (user_id) WHERE state = 'requested';

-- Which notice somebody accepted, and which separate consent they gave.
CREATE TABLE consents (
    id TEXT NOT NULL PRIMARY KEY,
    user_id TEXT NOT NULL REFERENCES users (id),
    kind TEXT NOT NULL CHECK (kind IN ('privacy_notice', 'bank_account', 'identity_number')),
    notice_version TEXT NOT NULL,
    given_at TIMESTAMP NOT NULL,
    withdrawn_at TIMESTAMP
);
CREATE INDEX consents_user ON consents (user_id, given_at);
