-- Orders to decide what waits of a cluster in one go: see moderation.ClusterOrder.
CREATE TABLE cluster_orders (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  cluster_id INTEGER NOT NULL REFERENCES clusters(id),
  choice     TEXT    NOT NULL CHECK (choice IN ('approve', 'spam', 'abuse', 'reject')),
  published  INTEGER NOT NULL,
  up_to      INTEGER NOT NULL,
  actor_id   TEXT    NOT NULL,
  actor_name TEXT    NOT NULL,
  via        TEXT    NOT NULL,
  order_key  TEXT    NOT NULL UNIQUE,
  at         INTEGER NOT NULL
) STRICT;

-- The order of which a decision is a part, and whether it teaches nothing whatever
-- it says: see moderation.Decision.
ALTER TABLE decisions ADD COLUMN cluster_order INTEGER REFERENCES cluster_orders(id);
ALTER TABLE decisions ADD COLUMN untaught INTEGER NOT NULL DEFAULT 0;
CREATE INDEX decisions_cluster_order ON decisions(cluster_order) WHERE cluster_order IS NOT NULL;

-- At which of the site's changes a comment joined its cluster, and whether somebody
-- took it out of one for good.
ALTER TABLE comments ADD COLUMN joined INTEGER NOT NULL DEFAULT 0;
ALTER TABLE comments ADD COLUMN alone INTEGER NOT NULL DEFAULT 0;

DROP INDEX comments_cluster;
CREATE INDEX comments_cluster ON comments(cluster_id, status) WHERE cluster_id IS NOT NULL;
