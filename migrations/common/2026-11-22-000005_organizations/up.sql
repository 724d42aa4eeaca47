-- Organisations and their people: what is known of an organisation, the three-level tree of units, the whole data of a
-- filed group, mergers, invitations, sign-in by phone, and notices on the home page.

CREATE TABLE admin_units (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    parent_id TEXT REFERENCES admin_units (id),
    level TEXT NOT NULL CHECK (level IN ('district', 'subdistrict', 'community')),
    name TEXT NOT NULL,
    code TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id),
    CHECK ((level = 'district') = (parent_id IS NULL))
);
CREATE UNIQUE INDEX admin_units_code ON admin_units (programme_id, code);

-- A CHECK of a column can only be replaced with its column.
DROP INDEX organizations_credit_code;
ALTER TABLE organizations ADD COLUMN condition TEXT NOT NULL DEFAULT 'draft' CHECK (condition IN ('draft', 'verified', 'merged'));
UPDATE organizations SET condition = state;
ALTER TABLE organizations DROP COLUMN state;
ALTER TABLE organizations RENAME COLUMN condition TO state;
CREATE UNIQUE INDEX organizations_credit_code ON organizations (programme_id, credit_code) WHERE state = 'verified' AND credit_code IS NOT NULL;

ALTER TABLE organizations ADD COLUMN unit_id TEXT REFERENCES admin_units (id);
ALTER TABLE organizations ADD COLUMN head_name TEXT;
ALTER TABLE organizations ADD COLUMN head_phone TEXT;
ALTER TABLE organizations ADD COLUMN contact_phone TEXT;
ALTER TABLE organizations ADD COLUMN charter TEXT;
ALTER TABLE organizations ADD COLUMN place TEXT;
ALTER TABLE organizations ADD COLUMN founded_on TEXT;
ALTER TABLE organizations ADD COLUMN introduction TEXT;
ALTER TABLE organizations ADD COLUMN filing_unit TEXT;
ALTER TABLE organizations ADD COLUMN filed_on TEXT;
ALTER TABLE organizations ADD COLUMN filing_expires_on TEXT;
ALTER TABLE organizations ADD COLUMN staff INTEGER;
ALTER TABLE organizations ADD COLUMN volunteers INTEGER;
ALTER TABLE organizations ADD COLUMN merged_into TEXT REFERENCES organizations (id);
CREATE INDEX organizations_unit ON organizations (programme_id, unit_id);
CREATE INDEX organizations_host ON organizations (host_id);

ALTER TABLE memberships ADD COLUMN unit_id TEXT REFERENCES admin_units (id);
DROP INDEX memberships_programme;
CREATE UNIQUE INDEX memberships_programme ON memberships (programme_id, user_id, role) WHERE programme_id IS NOT NULL AND organization_id IS NULL AND enterprise_id IS NULL AND unit_id IS NULL;
CREATE UNIQUE INDEX memberships_unit ON memberships (programme_id, user_id, role, unit_id) WHERE unit_id IS NOT NULL;

CREATE TABLE annual_checks (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    year INTEGER NOT NULL CHECK (year BETWEEN 1990 AND 2999),
    result TEXT NOT NULL CHECK (result IN ('passed', 'basically_passed', 'failed', 'not_checked')),
    recorded_by TEXT NOT NULL REFERENCES users (id),
    recorded_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX annual_checks_year ON annual_checks (organization_id, year);

CREATE TABLE listings (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    list TEXT NOT NULL CHECK (list IN ('abnormal', 'serious_violation')),
    listed_on TEXT NOT NULL,
    removed_on TEXT,
    evidence TEXT NOT NULL,
    recorded_by TEXT NOT NULL REFERENCES users (id),
    recorded_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id),
    CHECK (removed_on IS NULL OR removed_on >= listed_on)
);
CREATE INDEX listings_organization ON listings (organization_id);

CREATE TABLE debarments (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    organization_id TEXT REFERENCES organizations (id),
    person_name TEXT,
    person_phone TEXT,
    reason TEXT NOT NULL,
    starts_on TEXT NOT NULL,
    ends_on TEXT NOT NULL,
    lifted_because TEXT,
    recorded_by TEXT NOT NULL REFERENCES users (id),
    recorded_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id),
    CHECK (organization_id IS NOT NULL OR person_name IS NOT NULL OR person_phone IS NOT NULL)
);
CREATE INDEX debarments_organization ON debarments (organization_id);
CREATE INDEX debarments_programme ON debarments (programme_id, id);

CREATE TABLE grades (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    level INTEGER NOT NULL CHECK (level BETWEEN 1 AND 5),
    issued_on TEXT NOT NULL,
    expires_on TEXT NOT NULL,
    recorded_by TEXT NOT NULL REFERENCES users (id),
    recorded_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id),
    CHECK (expires_on > issued_on)
);
CREATE UNIQUE INDEX grades_issue ON grades (organization_id, issued_on);

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

CREATE TABLE invitations (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    name TEXT NOT NULL,
    phone TEXT,
    email TEXT,
    role TEXT NOT NULL,
    token_digest TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'withdrawn')),
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    accepted_by TEXT REFERENCES users (id),
    accepted_at TIMESTAMP,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX invitations_token ON invitations (token_digest);
CREATE INDEX invitations_organization ON invitations (organization_id, id);
CREATE INDEX invitations_phone ON invitations (phone);

CREATE TABLE sign_in_codes (
    id TEXT NOT NULL,
    phone TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('sms', 'slip')),
    code_digest TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    tries INTEGER NOT NULL,
    used_at TIMESTAMP,
    PRIMARY KEY (id)
);
CREATE INDEX sign_in_codes_phone ON sign_in_codes (phone, expires_at);

CREATE TABLE rate_limits (
    bucket TEXT NOT NULL,
    began_at TIMESTAMP NOT NULL,
    taken INTEGER NOT NULL,
    PRIMARY KEY (bucket)
);

CREATE TABLE notifications (
    id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    programme_id TEXT REFERENCES programmes (id),
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    cause TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    read_at TIMESTAMP,
    PRIMARY KEY (id)
);
CREATE INDEX notifications_user ON notifications (user_id, id);

ALTER TABLE outbox ADD COLUMN channel TEXT NOT NULL DEFAULT 'mail' CHECK (channel IN ('mail', 'sms'));
