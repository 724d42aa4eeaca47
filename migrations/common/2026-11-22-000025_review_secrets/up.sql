-- What a round's reviewer codes and the order of its anonymous comments are made with. It never leaves the server.
CREATE TABLE review_secrets (
    round_id TEXT NOT NULL REFERENCES rounds (id),
    secret TEXT NOT NULL,
    created_at TIMESTAMP NOT NULL,
    PRIMARY KEY (round_id)
);
