DROP TRIGGER reviews_still_without_conflict;
DROP TRIGGER reviews_without_conflict;
DROP INDEX conflict_dismissals_conflict;
ALTER TABLE conflict_dismissals DROP COLUMN conflict_id;
DELETE FROM conflicts WHERE id <> (SELECT min(first.id) FROM conflicts first
    WHERE first.application_id = conflicts.application_id AND first.expert_id = conflicts.expert_id
        AND first.kind = conflicts.kind);
DROP INDEX conflicts_pair;
CREATE UNIQUE INDEX conflicts_pair ON conflicts (application_id, expert_id, kind);
