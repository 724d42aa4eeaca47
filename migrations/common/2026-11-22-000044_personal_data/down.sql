DROP TABLE consents;
DROP TABLE erasure_requests;
DROP TABLE personal_data_accesses;
CREATE INDEX applications_lead_phone ON applications (programme_id, lead_phone);
CREATE INDEX sign_in_codes_phone ON sign_in_codes (phone, expires_at);
CREATE INDEX invitations_phone ON invitations (phone);
DROP TABLE blind_indexes;
DROP TABLE data_keys;
