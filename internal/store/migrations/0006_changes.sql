-- When a comment last changed in a way that its blog may want to know of: as
-- Unix microseconds, but always later than the site's change before, whatever
-- the clock does. So it is an order as well, without ties.
ALTER TABLE comments ADD COLUMN changed INTEGER NOT NULL DEFAULT 0;

UPDATE comments SET changed = placed.changed
FROM (
  SELECT id, place + max(1000 * at - place) OVER (PARTITION BY site_id ORDER BY place) AS changed
  FROM (
    SELECT id, site_id, at, row_number() OVER (PARTITION BY site_id ORDER BY at, id) AS place
    FROM (
      SELECT c.id, c.site_id, max(
        (SELECT max(received_at) FROM revisions WHERE comment_id = c.id),
        coalesce((SELECT max(at) FROM decisions WHERE comment_id = c.id), 0)) AS at
      FROM comments c))) AS placed
WHERE placed.id = comments.id;

CREATE UNIQUE INDEX comments_changed ON comments(site_id, changed);
CREATE INDEX comments_status ON comments(site_id, status, changed);
