-- What moderators say of authors: whom they trust and whom they ban. By
-- identity, e-mail, address and range the value is a keyed hash; by name and
-- agent it is the pattern itself.
CREATE TABLE marks (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  kind       TEXT    NOT NULL CHECK (kind IN ('trust', 'ban')),
  subject    TEXT    NOT NULL CHECK (subject IN ('identity', 'email', 'address', 'range', 'name', 'agent')),
  value      BLOB    NOT NULL,
  shown      TEXT    NOT NULL, -- what people call whom it is about
  reason     TEXT    NOT NULL,
  actor_id   TEXT    NOT NULL,
  actor_name TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  until      INTEGER, -- NULL: for good
  lifted_at  INTEGER
) STRICT;

CREATE INDEX marks_subject ON marks(site_id, subject, value) WHERE lifted_at IS NULL;

-- After how many approved comments an author is trusted (0: never), and whether
-- a first comment is held.
ALTER TABLE sites ADD COLUMN trust_after INTEGER NOT NULL DEFAULT 3 CHECK (trust_after >= 0);
ALTER TABLE sites ADD COLUMN hold_first  INTEGER NOT NULL DEFAULT 0 CHECK (hold_first IN (0, 1));

-- How strict a site or one post of it is, until when; the newest that has not
-- ended counts, that of the post before that of the site.
CREATE TABLE modes (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  post_id    TEXT    NOT NULL DEFAULT '', -- empty: the whole site
  mode       TEXT    NOT NULL CHECK (mode IN ('open', 'normal', 'strict')),
  reason     TEXT    NOT NULL,
  actor_id   TEXT    NOT NULL,
  actor_name TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  until      INTEGER, -- NULL: until it is changed
  ended_at   INTEGER
) STRICT;

CREATE INDEX modes_site ON modes(site_id, post_id) WHERE ended_at IS NULL;

-- How often who wrote where: see moderation.Activity.
CREATE INDEX revisions_ip ON revisions(ip_hash, received_at) WHERE ip_hash IS NOT NULL;
CREATE INDEX revisions_range ON revisions(range_hash, received_at) WHERE range_hash IS NOT NULL;
CREATE INDEX revisions_post ON revisions(post_id, received_at);

-- The hosts that comments link to.
CREATE TABLE link_hosts (
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  host       TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  comment_id INTEGER NOT NULL REFERENCES comments(id),
  PRIMARY KEY (site_id, host, at, comment_id)
) STRICT, WITHOUT ROWID;

-- Comments that say nearly the same share a band; see text.Sketch. A band is a
-- hash that has the site in it.
CREATE TABLE bands (
  band       INTEGER NOT NULL,
  comment_id INTEGER NOT NULL REFERENCES comments(id),
  PRIMARY KEY (band, comment_id)
) STRICT, WITHOUT ROWID;

CREATE INDEX bands_comment ON bands(comment_id);
CREATE INDEX link_hosts_comment ON link_hosts(comment_id);
