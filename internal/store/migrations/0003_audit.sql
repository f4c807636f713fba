-- The share of the comments approved on the classifier's word that a moderator
-- is asked about all the same.
ALTER TABLE sites ADD COLUMN audit REAL NOT NULL DEFAULT 0 CHECK (audit BETWEEN 0 AND 0.2);
