-- What came lately is counted in indexes alone: a revision itself is long, and
-- lies anywhere.
ALTER TABLE revisions ADD COLUMN site_id INTEGER NOT NULL DEFAULT 0;
UPDATE revisions SET site_id = (SELECT site_id FROM comments WHERE id = comment_id);

DROP INDEX revisions_identity;
DROP INDEX revisions_ip;
DROP INDEX revisions_range;
DROP INDEX revisions_post;
CREATE INDEX revisions_identity ON revisions(identity, received_at, site_id, revision, comment_id) WHERE identity IS NOT NULL;
CREATE INDEX revisions_ip ON revisions(ip_hash, received_at, site_id, revision, comment_id) WHERE ip_hash IS NOT NULL;
CREATE INDEX revisions_range ON revisions(range_hash, received_at, site_id, revision, comment_id) WHERE range_hash IS NOT NULL;
CREATE INDEX revisions_post ON revisions(post_id, received_at, site_id, revision, comment_id);
