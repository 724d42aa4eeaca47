-- Earlier projects, as far as an import writes them.
CREATE TABLE track_records (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    organization_id TEXT REFERENCES organizations (id),
    organization_name TEXT NOT NULL,
    year INTEGER NOT NULL,
    round_name TEXT NOT NULL,
    title TEXT NOT NULL,
    domain TEXT,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    result TEXT NOT NULL CHECK (result IN ('awarded', 'not_awarded')),
    outcome TEXT CHECK (outcome IN ('unfinished', 'excellent', 'passed', 'basically_passed', 'failed', 'terminated', 'revoked')),
    summary TEXT NOT NULL,
    debarred_until TEXT,
    source_kind TEXT NOT NULL CHECK (source_kind IN ('imported', 'award')),
    source_id TEXT,
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL DEFAULT 1,
    PRIMARY KEY (id)
);
CREATE INDEX track_records_programme ON track_records (programme_id, id);
CREATE INDEX track_records_organization ON track_records (organization_id);
CREATE UNIQUE INDEX track_records_award ON track_records (source_id) WHERE source_kind = 'award';
