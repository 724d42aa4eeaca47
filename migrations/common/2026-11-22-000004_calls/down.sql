DROP TABLE calendar_years;
DROP TABLE call_versions;
DROP TABLE review_batches;
DROP TABLE forms;
ALTER TABLE rounds DROP COLUMN copied_from;
ALTER TABLE rounds DROP COLUMN call_number;
ALTER TABLE rounds DROP COLUMN batch_number;
ALTER TABLE rounds DROP COLUMN kind;
ALTER TABLE rounds DROP COLUMN form_number;
