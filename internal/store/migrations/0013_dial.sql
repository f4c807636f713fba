-- From which comment somebody was marked, who lifted a mark, and the key of the
-- order, so that one that comes twice counts once.
ALTER TABLE marks ADD COLUMN comment_id  INTEGER REFERENCES comments(id);
ALTER TABLE marks ADD COLUMN order_key   TEXT;
ALTER TABLE marks ADD COLUMN lifter_id   TEXT NOT NULL DEFAULT '';
ALTER TABLE marks ADD COLUMN lifter_name TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX marks_order ON marks(order_key) WHERE order_key IS NOT NULL;

-- The same of modes; and of a change of the site's own mode, what it was before:
-- such a row has ended when it is written, for the site itself has the mode.
ALTER TABLE modes ADD COLUMN title      TEXT NOT NULL DEFAULT '';
ALTER TABLE modes ADD COLUMN former     TEXT NOT NULL DEFAULT '';
ALTER TABLE modes ADD COLUMN order_key  TEXT;
ALTER TABLE modes ADD COLUMN ender_id   TEXT NOT NULL DEFAULT '';
ALTER TABLE modes ADD COLUMN ender_name TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX modes_order ON modes(order_key) WHERE order_key IS NOT NULL;

-- When a post turns strict by itself: see moderation.ParseAutoStrict.
ALTER TABLE sites ADD COLUMN auto_strict TEXT NOT NULL DEFAULT 'off';

-- Whether somebody who is known by a name only has been published before.
CREATE INDEX revisions_name ON revisions(author_name) WHERE identity IS NULL AND range_hash IS NULL;

-- A comment without an address had the range of all those without one.
UPDATE revisions SET range_hash = NULL WHERE ip_hash IS NULL;
