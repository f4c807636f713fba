-- When comments were taken back, for who looks at the past: a comment may have
-- been brought back since. Of earlier ones the last change is taken for it.
CREATE TABLE withdrawals (
  comment_id INTEGER NOT NULL REFERENCES comments(id),
  revision   INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (comment_id, revision)
) STRICT, WITHOUT ROWID;

INSERT INTO withdrawals (comment_id, revision, at)
SELECT id, revision, changed / 1000 FROM comments WHERE status = 'withdrawn';
