-- What was stated is kept as it was stated: said again it is a row of its own, with a time of its own. A dismissal names
-- the statement it is about; one of a tie that the program found names none.
DROP INDEX conflicts_pair;
CREATE INDEX conflicts_pair ON conflicts (application_id, expert_id, kind);
ALTER TABLE conflict_dismissals ADD COLUMN conflict_id TEXT REFERENCES conflicts (id);
CREATE INDEX conflict_dismissals_conflict ON conflict_dismissals (conflict_id);
UPDATE conflict_dismissals SET conflict_id = (
    SELECT min(stated.id) FROM conflicts stated
    WHERE stated.application_id = conflict_dismissals.application_id
        AND stated.expert_id = conflict_dismissals.expert_id
        AND stated.created_at <= conflict_dismissals.dismissed_at
        AND ((stated.kind = conflict_dismissals.kind AND stated.evidence = conflict_dismissals.evidence)
            OR (conflict_dismissals.kind = 'declared_other'
                AND conflict_dismissals.evidence IN (stated.kind, stated.kind || '; ' || stated.evidence)))
);

-- The last line of defence of I17: no sheet is opened, written, signed or locked for a pair with a conflict in force.
-- What came to light later leaves the sheet as it is until it is released. Who applies in the same round is no bar.
CREATE TRIGGER reviews_without_conflict BEFORE INSERT ON reviews
    WHEN NEW.state IN ('assigned', 'declared', 'submitted', 'locked') AND EXISTS (
        SELECT 1 FROM conflicts stated
        WHERE stated.application_id = NEW.application_id AND stated.expert_id = NEW.expert_id
            AND stated.kind <> 'co_applicant'
            AND NOT EXISTS (SELECT 1 FROM conflict_dismissals d WHERE d.conflict_id = stated.id
                AND d.kind NOT IN ('same_organization', 'host_organization', 'acts_for_applicant'))
    ) BEGIN
    SELECT RAISE(ABORT, 'reviews: a conflict of interest of this pair is in force');
END;
CREATE TRIGGER reviews_still_without_conflict
    BEFORE UPDATE OF application_id, expert_id, state, marks, total, declared_at, submitted_at ON reviews
    WHEN NEW.state IN ('assigned', 'declared', 'submitted', 'locked') AND EXISTS (
        SELECT 1 FROM conflicts stated
        WHERE stated.application_id = NEW.application_id AND stated.expert_id = NEW.expert_id
            AND stated.kind <> 'co_applicant'
            AND NOT EXISTS (SELECT 1 FROM conflict_dismissals d WHERE d.conflict_id = stated.id
                AND d.kind NOT IN ('same_organization', 'host_organization', 'acts_for_applicant'))
    ) BEGIN
    SELECT RAISE(ABORT, 'reviews: a conflict of interest of this pair is in force');
END;
