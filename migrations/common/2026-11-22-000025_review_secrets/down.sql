DROP TABLE review_secrets;
