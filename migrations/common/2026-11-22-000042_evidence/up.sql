-- The Merkle tree over the audit rows of all lanes: leaf 0, 1, 2 … and the row it stands for.
CREATE TABLE audit_leaves (
    position BIGINT NOT NULL CHECK (position >= 0),
    lane TEXT NOT NULL,
    seq BIGINT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (position)
);
CREATE UNIQUE INDEX audit_leaves_row ON audit_leaves (lane, seq);

-- The public log: at every sealing one leaf that binds the tree of rows, and one for every public statement.
CREATE TABLE log_leaves (
    position BIGINT NOT NULL CHECK (position >= 0),
    kind TEXT NOT NULL CHECK (kind IN ('rows', 'statement')),
    subject TEXT NOT NULL,
    entry TEXT NOT NULL,
    hash TEXT NOT NULL,
    PRIMARY KEY (position)
);
CREATE UNIQUE INDEX log_leaves_subject ON log_leaves (kind, subject);

-- Complete subtrees of both, at every fourth level from 4.
CREATE TABLE tree_nodes (
    tree TEXT NOT NULL CHECK (tree IN ('rows', 'log')),
    level INTEGER NOT NULL CHECK (level > 0),
    position BIGINT NOT NULL CHECK (position >= 0),
    hash TEXT NOT NULL,
    PRIMARY KEY (tree, level, position)
);

CREATE TABLE audit_checkpoints (
    size BIGINT NOT NULL CHECK (size > 0),
    root TEXT NOT NULL,
    sealed_at TIMESTAMP NOT NULL,
    rows_size BIGINT NOT NULL CHECK (rows_size >= 0),
    key_id TEXT NOT NULL,
    note TEXT NOT NULL,
    PRIMARY KEY (size)
);

CREATE TABLE evidence_keys (
    id TEXT NOT NULL,
    verifier TEXT NOT NULL,
    first_used_at TIMESTAMP NOT NULL,
    PRIMARY KEY (id)
);

-- What was published: its digest, and the audit row that says so.
CREATE TABLE public_statements (
    subject TEXT NOT NULL,
    digest TEXT NOT NULL,
    lane TEXT NOT NULL,
    seq BIGINT NOT NULL,
    row_hash TEXT NOT NULL,
    made_at TIMESTAMP NOT NULL,
    PRIMARY KEY (subject)
);

-- Who does what only one server may do at a time.
CREATE TABLE leases (
    name TEXT NOT NULL,
    owner TEXT NOT NULL,
    token BIGINT NOT NULL,
    until TIMESTAMP NOT NULL,
    PRIMARY KEY (name)
);

ALTER TABLE notices ADD COLUMN checkpoint_size BIGINT;
ALTER TABLE notices ADD COLUMN checkpoint_root TEXT;
