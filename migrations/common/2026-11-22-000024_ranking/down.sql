DROP TABLE review_snapshots;
DROP TABLE re_reviews;
DROP INDEX score_confirmations_once;
CREATE UNIQUE INDEX score_confirmations_once ON score_confirmations (application_id, reviews_counted);
ALTER TABLE score_confirmations DROP COLUMN digest;
