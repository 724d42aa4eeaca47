-- The tables of one whole round. Words of states are listed in CHECKs; what must happen only once has a unique index.

CREATE TABLE users (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    email TEXT,
    phone TEXT,
    password_hash TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    disabled_at TIMESTAMP,
    version INTEGER NOT NULL,
    PRIMARY KEY (id),
    CHECK (email IS NOT NULL OR phone IS NOT NULL)
);
CREATE UNIQUE INDEX users_email ON users (email);
CREATE UNIQUE INDEX users_phone ON users (phone);

CREATE TABLE sessions (
    token_digest TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    last_seen_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    PRIMARY KEY (token_digest)
);
CREATE INDEX sessions_user ON sessions (user_id);

CREATE TABLE programmes (
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX programmes_name ON programmes (name);

CREATE TABLE organizations (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    name TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('association', 'social_service', 'foundation', 'filed_group')),
    credit_code TEXT,
    filing_no TEXT,
    host_id TEXT REFERENCES organizations (id),
    host_consented_at TIMESTAMP,
    members INTEGER NOT NULL CHECK (members >= 0),
    subdistrict TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'verified')),
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX organizations_programme ON organizations (programme_id, id);
CREATE UNIQUE INDEX organizations_credit_code ON organizations (programme_id, credit_code) WHERE state = 'verified' AND credit_code IS NOT NULL;

CREATE TABLE payee_accounts (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    account_name TEXT NOT NULL,
    bank_name TEXT NOT NULL,
    bank_code TEXT NOT NULL,
    account_number TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('unverified', 'verified')),
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    verified_by TEXT REFERENCES users (id),
    verified_at TIMESTAMP,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX payee_accounts_organization ON payee_accounts (organization_id);

CREATE TABLE enterprises (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    name TEXT NOT NULL,
    credit_code TEXT NOT NULL,
    budget BIGINT NOT NULL CHECK (budget >= 0),
    quota INTEGER NOT NULL CHECK (quota >= 0),
    state TEXT NOT NULL CHECK (state IN ('draft', 'verified')),
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX enterprises_programme ON enterprises (programme_id, id);
CREATE UNIQUE INDEX enterprises_credit_code ON enterprises (programme_id, credit_code);

CREATE TABLE memberships (
    id TEXT NOT NULL,
    programme_id TEXT REFERENCES programmes (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    role TEXT NOT NULL,
    organization_id TEXT REFERENCES organizations (id),
    enterprise_id TEXT REFERENCES enterprises (id),
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX memberships_installation ON memberships (user_id, role) WHERE programme_id IS NULL;
CREATE UNIQUE INDEX memberships_programme ON memberships (programme_id, user_id, role) WHERE programme_id IS NOT NULL AND organization_id IS NULL AND enterprise_id IS NULL;
CREATE UNIQUE INDEX memberships_organization ON memberships (organization_id, user_id, role) WHERE organization_id IS NOT NULL;
CREATE UNIQUE INDEX memberships_enterprise ON memberships (enterprise_id, user_id, role) WHERE enterprise_id IS NOT NULL;
CREATE INDEX memberships_user ON memberships (user_id);

CREATE TABLE rounds (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    name TEXT NOT NULL,
    year INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'published', 'reviewing', 'decided', 'archived')),
    policy_number INTEGER NOT NULL,
    rubric_number INTEGER NOT NULL,
    budget BIGINT NOT NULL CHECK (budget >= 0),
    awarded_total BIGINT NOT NULL,
    opens_on TEXT NOT NULL,
    closes_on TEXT NOT NULL,
    references_given BOOLEAN NOT NULL,
    last_number BIGINT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    published_at TIMESTAMP,
    version INTEGER NOT NULL,
    PRIMARY KEY (id),
    CHECK (awarded_total >= 0 AND awarded_total <= budget)
);
CREATE INDEX rounds_programme ON rounds (programme_id, id);

CREATE TABLE policies (
    round_id TEXT NOT NULL REFERENCES rounds (id),
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (round_id, number)
);

CREATE TABLE rubrics (
    round_id TEXT NOT NULL REFERENCES rounds (id),
    number INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (round_id, number)
);

CREATE TABLE applications (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    reference TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('draft', 'submitted', 'form_check', 'correction_requested', 'resubmitted', 'eligible', 'rejected', 'scoring', 'scored', 're_review', 'ranked', 'proposed', 'waitlisted', 'not_awarded', 'public_notice', 'objection_hold', 'approved', 'revoked', 'agreement', 'withdrawn')),
    title TEXT NOT NULL,
    domain TEXT,
    requested BIGINT CHECK (requested >= 0),
    own_funds BIGINT NOT NULL CHECK (own_funds >= 0),
    starts_on TEXT,
    ends_on TEXT,
    beneficiaries INTEGER CHECK (beneficiaries >= 0),
    summary TEXT NOT NULL,
    policy_number INTEGER NOT NULL,
    rubric_number INTEGER NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    submitted_at TIMESTAMP,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX applications_reference ON applications (round_id, reference);
CREATE INDEX applications_programme ON applications (programme_id, round_id, state);
CREATE INDEX applications_organization ON applications (organization_id);

CREATE TABLE budget_lines (
    id TEXT NOT NULL,
    application_id TEXT NOT NULL REFERENCES applications (id),
    position INTEGER NOT NULL,
    category TEXT NOT NULL CHECK (category IN ('activity', 'personnel', 'volunteer', 'overhead', 'tax')),
    item TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    from_fund BOOLEAN NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX budget_lines_position ON budget_lines (application_id, position);

CREATE TABLE eligibility_checks (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    step TEXT NOT NULL CHECK (step IN ('form', 'confirmation')),
    outcome TEXT NOT NULL CHECK (outcome IN ('accept', 'reject')),
    reason_code TEXT,
    note TEXT NOT NULL,
    made_by TEXT NOT NULL REFERENCES users (id),
    made_at TIMESTAMP NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX eligibility_checks_step ON eligibility_checks (application_id, step);

CREATE TABLE experts (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    user_id TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    expertise TEXT NOT NULL,
    organization_id TEXT REFERENCES organizations (id),
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX experts_user ON experts (programme_id, user_id);

CREATE TABLE conflicts (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    expert_id TEXT NOT NULL REFERENCES experts (id),
    kind TEXT NOT NULL,
    evidence TEXT NOT NULL,
    declared_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX conflicts_pair ON conflicts (application_id, expert_id, kind);

CREATE TABLE reviews (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    expert_id TEXT NOT NULL REFERENCES experts (id),
    state TEXT NOT NULL CHECK (state IN ('assigned', 'declared', 'submitted', 'recused')),
    marks TEXT NOT NULL,
    suggested_amount BIGINT CHECK (suggested_amount >= 0),
    comment TEXT NOT NULL,
    total BIGINT CHECK (total >= 0 AND total <= 10000),
    declared_at TIMESTAMP,
    submitted_at TIMESTAMP,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    updated_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX reviews_pair ON reviews (application_id, expert_id);
CREATE INDEX reviews_round ON reviews (round_id, state);
CREATE INDEX reviews_expert ON reviews (expert_id);

CREATE TABLE score_confirmations (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    reviews_counted INTEGER NOT NULL,
    reason TEXT NOT NULL,
    confirmed_by TEXT NOT NULL REFERENCES users (id),
    confirmed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX score_confirmations_once ON score_confirmations (application_id, reviews_counted);

CREATE TABLE selection_plans (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    state TEXT NOT NULL CHECK (state IN ('draft', 'decided')),
    body TEXT NOT NULL,
    digest TEXT NOT NULL,
    total BIGINT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX selection_plans_round ON selection_plans (round_id, id);

CREATE TABLE decisions (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    plan_id TEXT NOT NULL REFERENCES selection_plans (id),
    minutes TEXT NOT NULL,
    decided_by TEXT NOT NULL REFERENCES users (id),
    decided_at TIMESTAMP NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX decisions_round ON decisions (round_id);

CREATE TABLE notices (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    state TEXT NOT NULL CHECK (state IN ('draft', 'published')),
    body TEXT NOT NULL,
    working_days INTEGER NOT NULL CHECK (working_days > 0),
    starts_on TEXT,
    ends_on TEXT,
    provisional BOOLEAN NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    published_by TEXT REFERENCES users (id),
    published_at TIMESTAMP,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX notices_round ON notices (round_id);

CREATE TABLE bureau_approvals (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    notice_id TEXT NOT NULL REFERENCES notices (id),
    document_number TEXT NOT NULL,
    approved_by TEXT NOT NULL REFERENCES users (id),
    approved_at TIMESTAMP NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX bureau_approvals_round ON bureau_approvals (round_id);

CREATE TABLE awards (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    application_id TEXT NOT NULL REFERENCES applications (id),
    organization_id TEXT NOT NULL REFERENCES organizations (id),
    reference TEXT NOT NULL,
    rank INTEGER NOT NULL,
    score BIGINT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount > 0),
    state TEXT NOT NULL CHECK (state IN ('refining', 'agreement_pending', 'active', 'terminated', 'closed')),
    sign_by TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX awards_application ON awards (application_id);
CREATE INDEX awards_round ON awards (round_id, rank);

CREATE TABLE agreements (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    award_id TEXT NOT NULL REFERENCES awards (id),
    third_party TEXT NOT NULL,
    body TEXT NOT NULL,
    digest TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX agreements_award ON agreements (award_id);

CREATE TABLE signatures (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    agreement_id TEXT NOT NULL REFERENCES agreements (id),
    party TEXT NOT NULL CHECK (party IN ('implementer', 'funder', 'third_party')),
    digest TEXT NOT NULL,
    signed_by TEXT NOT NULL REFERENCES users (id),
    signed_at TIMESTAMP NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX signatures_party ON signatures (agreement_id, party);

CREATE TABLE tranches (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    award_id TEXT NOT NULL REFERENCES awards (id),
    number INTEGER NOT NULL,
    share_bp INTEGER NOT NULL,
    amount BIGINT NOT NULL CHECK (amount >= 0),
    state TEXT NOT NULL CHECK (state IN ('planned', 'requested', 'condition_met', 'prepared', 'checked', 'approved', 'paid', 'receipted', 'returned', 'cancelled')),
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX tranches_number ON tranches (award_id, number);

CREATE TABLE payment_requests (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    award_id TEXT NOT NULL REFERENCES awards (id),
    tranche_id TEXT NOT NULL REFERENCES tranches (id),
    payee_account_id TEXT NOT NULL REFERENCES payee_accounts (id),
    amount BIGINT NOT NULL CHECK (amount > 0),
    state TEXT NOT NULL CHECK (state IN ('requested', 'condition_met', 'prepared', 'checked', 'approved', 'paid', 'returned')),
    payee_digest TEXT,
    requested_by TEXT NOT NULL REFERENCES users (id),
    confirmed_by TEXT REFERENCES users (id),
    prepared_by TEXT REFERENCES users (id),
    checked_by TEXT REFERENCES users (id),
    approved_by TEXT REFERENCES users (id),
    paid_by TEXT REFERENCES users (id),
    bank_reference TEXT,
    created_at TIMESTAMP NOT NULL,
    approved_at TIMESTAMP,
    paid_at TIMESTAMP,
    version INTEGER NOT NULL,
    PRIMARY KEY (id),
    CHECK (checked_by IS NULL OR checked_by <> prepared_by),
    CHECK (approved_by IS NULL OR (approved_by <> prepared_by AND approved_by <> checked_by))
);
CREATE UNIQUE INDEX payment_requests_tranche ON payment_requests (tranche_id) WHERE state <> 'returned';
CREATE INDEX payment_requests_round ON payment_requests (round_id, state);

CREATE TABLE ledger_accounts (
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    code TEXT NOT NULL CHECK (code IN ('appropriation', 'available', 'reserved', 'committed', 'in_payment', 'expended')),
    balance BIGINT NOT NULL,
    floor BIGINT NOT NULL,
    PRIMARY KEY (round_id, code),
    CHECK (balance >= floor)
);

CREATE TABLE ledger_entries (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    kind TEXT NOT NULL CHECK (kind IN ('appropriate', 'reserve', 'commit', 'instruct', 'confirm', 'release', 'reverse')),
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    made_by TEXT NOT NULL REFERENCES users (id),
    effective_on TEXT NOT NULL,
    recorded_at TIMESTAMP NOT NULL,
    reverses_id TEXT REFERENCES ledger_entries (id),
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX ledger_entries_once ON ledger_entries (kind, subject_id) WHERE reverses_id IS NULL;
CREATE UNIQUE INDEX ledger_entries_reversal ON ledger_entries (reverses_id);
CREATE INDEX ledger_entries_round ON ledger_entries (round_id, id);

CREATE TABLE ledger_postings (
    id TEXT NOT NULL,
    entry_id TEXT NOT NULL REFERENCES ledger_entries (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    code TEXT NOT NULL,
    amount BIGINT NOT NULL CHECK (amount <> 0),
    PRIMARY KEY (id)
);
CREATE INDEX ledger_postings_entry ON ledger_postings (entry_id);
CREATE INDEX ledger_postings_account ON ledger_postings (round_id, code);

CREATE TABLE matching_rounds (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    name TEXT NOT NULL,
    proposer TEXT NOT NULL CHECK (proposer IN ('enterprises', 'projects')),
    state TEXT NOT NULL CHECK (state IN ('open', 'confirmed')),
    confirmed_run_id TEXT,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX matching_rounds_programme ON matching_rounds (programme_id, round_id);

CREATE TABLE matching_preferences (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    matching_round_id TEXT NOT NULL REFERENCES matching_rounds (id),
    side TEXT NOT NULL CHECK (side IN ('enterprise', 'project')),
    owner_id TEXT NOT NULL,
    choices TEXT NOT NULL,
    quota INTEGER NOT NULL CHECK (quota >= 0),
    created_by TEXT NOT NULL REFERENCES users (id),
    updated_at TIMESTAMP NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX matching_preferences_owner ON matching_preferences (matching_round_id, side, owner_id);

CREATE TABLE matching_runs (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    matching_round_id TEXT NOT NULL REFERENCES matching_rounds (id),
    number INTEGER NOT NULL,
    proposer TEXT NOT NULL,
    input_digest TEXT NOT NULL,
    seed TEXT NOT NULL,
    program_version TEXT NOT NULL,
    result TEXT NOT NULL,
    created_by TEXT NOT NULL REFERENCES users (id),
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX matching_runs_number ON matching_runs (matching_round_id, number);

CREATE TABLE audit_entries (
    lane TEXT NOT NULL,
    seq BIGINT NOT NULL,
    at TIMESTAMP NOT NULL,
    actor TEXT,
    role TEXT,
    action TEXT NOT NULL,
    subject_kind TEXT NOT NULL,
    subject_id TEXT NOT NULL,
    before_state TEXT,
    after_state TEXT,
    detail TEXT NOT NULL,
    previous_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (lane, seq)
);
CREATE INDEX audit_entries_subject ON audit_entries (subject_id, seq);

CREATE TABLE outbox (
    id TEXT NOT NULL,
    recipient TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    cause TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    due_at TIMESTAMP NOT NULL,
    attempts INTEGER NOT NULL,
    sent_at TIMESTAMP,
    last_error TEXT,
    PRIMARY KEY (id)
);
CREATE INDEX outbox_due ON outbox (due_at) WHERE sent_at IS NULL;

CREATE TABLE idempotency_records (
    actor TEXT NOT NULL,
    key TEXT NOT NULL,
    request_digest TEXT NOT NULL,
    status INTEGER NOT NULL,
    body TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (actor, key)
);
