DROP INDEX outbox_dead;
ALTER TABLE outbox DROP COLUMN dead_at;
ALTER TABLE outbox DROP COLUMN programme_id;
DROP TABLE letter_templates;
DROP TABLE reminders;
