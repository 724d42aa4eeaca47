-- Identity: what a session has proved, when a password was set, second factors, resets, API tokens, the first start.

-- Everybody signs in again: a session of before says nothing of a second factor.
DELETE FROM sessions;
ALTER TABLE sessions ADD COLUMN id TEXT NOT NULL DEFAULT '';
ALTER TABLE sessions ADD COLUMN second_factor BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE sessions ADD COLUMN password_due BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE sessions ADD COLUMN device TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX sessions_id ON sessions (id);

ALTER TABLE users ADD COLUMN password_set_at TIMESTAMP;
ALTER TABLE users ADD COLUMN last_used_at TIMESTAMP;
UPDATE users SET password_set_at = created_at;

-- The passwords that were in force before, so that none of the last comes back.
CREATE TABLE past_passwords (
    id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    password_hash TEXT NOT NULL,
    replaced_at TIMESTAMP NOT NULL,
    PRIMARY KEY (id)
);
CREATE INDEX past_passwords_user ON past_passwords (user_id, id);

CREATE TABLE password_resets (
    token_digest TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    sent_to TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    used_at TIMESTAMP,
    PRIMARY KEY (token_digest)
);
CREATE INDEX password_resets_user ON password_resets (user_id);

-- 动态口令. The secret is sealed; the last step that was used makes a code good once.
CREATE TABLE second_factors (
    user_id TEXT NOT NULL REFERENCES users (id),
    sealed_secret TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    confirmed_at TIMESTAMP,
    last_step BIGINT NOT NULL,
    PRIMARY KEY (user_id)
);

CREATE TABLE recovery_codes (
    user_id TEXT NOT NULL REFERENCES users (id),
    code_digest TEXT NOT NULL,
    used_at TIMESTAMP,
    PRIMARY KEY (user_id, code_digest)
);

CREATE TABLE api_tokens (
    id TEXT NOT NULL,
    user_id TEXT NOT NULL REFERENCES users (id),
    name TEXT NOT NULL,
    token_digest TEXT NOT NULL,
    scope TEXT NOT NULL CHECK (scope IN ('read', 'write')),
    created_at TIMESTAMP NOT NULL,
    expires_at TIMESTAMP NOT NULL,
    last_used_at TIMESTAMP,
    revoked_at TIMESTAMP,
    PRIMARY KEY (id)
);
CREATE UNIQUE INDEX api_tokens_digest ON api_tokens (token_digest);
CREATE INDEX api_tokens_user ON api_tokens (user_id, id);

CREATE TABLE setup_tokens (
    token_digest TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (token_digest)
);
