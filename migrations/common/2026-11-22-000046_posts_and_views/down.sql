DROP TABLE viewings;
DROP TABLE separation_of_posts;
