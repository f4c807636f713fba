-- When an alias was given that is good for a while only; NULL: as long as its
-- comment.
ALTER TABLE aliases ADD COLUMN at INTEGER;

CREATE INDEX aliases_at ON aliases(at) WHERE at IS NOT NULL;
