-- Comments that came close together and are alike: see moderation.Cluster.
CREATE TABLE clusters (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id  INTEGER NOT NULL REFERENCES sites(id),
  kind     TEXT    NOT NULL CHECK (kind IN ('text', 'host', 'range')),
  comments INTEGER NOT NULL,
  began_at INTEGER NOT NULL,
  last_at  INTEGER NOT NULL
) STRICT;

ALTER TABLE comments ADD COLUMN cluster_id INTEGER REFERENCES clusters(id);

CREATE INDEX comments_cluster ON comments(cluster_id) WHERE cluster_id IS NOT NULL;
