-- A panel is for the whole round, for one track or for one review batch: one draw of each stands.
ALTER TABLE panel_draws ADD COLUMN track TEXT CHECK (track IN ('registered', 'filed'));
ALTER TABLE panel_draws ADD COLUMN batch INTEGER;
DROP INDEX panel_draws_standing;
CREATE UNIQUE INDEX panel_draws_standing ON panel_draws (round_id, COALESCE(track, ''), COALESCE(batch, 0))
    WHERE state <> 'cancelled';

-- A seat that was given by hand waits for a supervisor's word. The list of states stands in a CHECK, so the table is made
-- anew.
CREATE TABLE panel_seats_next (
    id TEXT NOT NULL,
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    expert_id TEXT NOT NULL REFERENCES experts (id),
    draw_id TEXT REFERENCES panel_draws (id),
    substitute_for TEXT REFERENCES experts (id),
    state TEXT NOT NULL CHECK (state IN ('proposed', 'seated', 'vacated')),
    reason TEXT NOT NULL,
    seated_by TEXT NOT NULL REFERENCES users (id),
    seated_at TIMESTAMP NOT NULL,
    vacated_by TEXT REFERENCES users (id),
    vacated_at TIMESTAMP,
    vacated_because TEXT,
    version INTEGER NOT NULL,
    track TEXT CHECK (track IN ('registered', 'filed')),
    batch INTEGER,
    attested_by TEXT REFERENCES users (id),
    attested_at TIMESTAMP,
    PRIMARY KEY (id),
    CHECK (attested_by <> seated_by)
);
INSERT INTO panel_seats_next (id, programme_id, round_id, expert_id, draw_id, substitute_for, state, reason, seated_by,
    seated_at, vacated_by, vacated_at, vacated_because, version)
SELECT id, programme_id, round_id, expert_id, draw_id, substitute_for, state, reason, seated_by, seated_at, vacated_by,
    vacated_at, vacated_because, version
FROM panel_seats;
DROP TABLE panel_seats;
ALTER TABLE panel_seats_next RENAME TO panel_seats;
CREATE INDEX panel_seats_round ON panel_seats (round_id, state);
CREATE UNIQUE INDEX panel_seats_seated ON panel_seats (round_id, COALESCE(track, ''), COALESCE(batch, 0), expert_id)
    WHERE state <> 'vacated';

-- Why a re-review was ordered: because scores diverge, or because a complaint was upheld; and in which role.
ALTER TABLE re_reviews ADD COLUMN ground TEXT NOT NULL DEFAULT 'divergence'
    CHECK (ground IN ('divergence', 'complaint'));
ALTER TABLE re_reviews ADD COLUMN ordered_as TEXT NOT NULL DEFAULT 'panel_chair';

-- A pitch that was postponed keeps its slot on record; an application has one slot that is to come.
ALTER TABLE defence_slots ADD COLUMN postponed_because TEXT NOT NULL DEFAULT '';
DROP INDEX defence_slots_application;
CREATE INDEX defence_slots_of ON defence_slots (application_id);
CREATE UNIQUE INDEX defence_slots_application ON defence_slots (application_id) WHERE postponed_because = '';

-- What the people of an applicant are shown from the decision to the public notice: the state and the version before.
CREATE TABLE withheld_results (
    application_id TEXT NOT NULL REFERENCES applications (id),
    programme_id TEXT NOT NULL REFERENCES programmes (id),
    round_id TEXT NOT NULL REFERENCES rounds (id),
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    PRIMARY KEY (application_id)
);
CREATE INDEX withheld_results_round ON withheld_results (round_id);
