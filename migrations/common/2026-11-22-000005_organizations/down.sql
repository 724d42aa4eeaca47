ALTER TABLE outbox DROP COLUMN channel;
DROP TABLE notifications;
DROP TABLE rate_limits;
DROP TABLE sign_in_codes;
DROP TABLE invitations;
DROP TABLE track_records;
DROP TABLE grades;
DROP TABLE debarments;
DROP TABLE listings;
DROP TABLE annual_checks;
DROP INDEX memberships_unit;
DROP INDEX memberships_programme;
CREATE UNIQUE INDEX memberships_programme ON memberships (programme_id, user_id, role) WHERE programme_id IS NOT NULL AND organization_id IS NULL AND enterprise_id IS NULL;
DROP INDEX organizations_unit;
DROP INDEX organizations_host;
-- The columns added to organizations and memberships stay: SQLite cannot drop a column that refers to another table.
DROP INDEX organizations_credit_code;
CREATE UNIQUE INDEX organizations_credit_code ON organizations (programme_id, credit_code) WHERE state = 'verified' AND credit_code IS NOT NULL;
