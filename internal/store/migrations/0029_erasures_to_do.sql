-- Of an erasure: how often names that need not mean the person were left standing, and
-- what is to be done after it: sites whose model is to be made anew, as a JSON list, and
-- whether the database's file is to be cleaned.
ALTER TABLE erasures ADD COLUMN mentions_left INTEGER NOT NULL DEFAULT 0;
ALTER TABLE erasures ADD COLUMN refit TEXT NOT NULL DEFAULT '[]';
ALTER TABLE erasures ADD COLUMN scrub INTEGER NOT NULL DEFAULT 0;
