-- What clients of a site's Akismet key were answered and reported, by day and
-- the blog's host.
CREATE TABLE usage (
  site_id         INTEGER NOT NULL REFERENCES sites(id),
  day             TEXT    NOT NULL,
  client          TEXT    NOT NULL,
  spam            INTEGER NOT NULL,
  ham             INTEGER NOT NULL,
  missed_spam     INTEGER NOT NULL,
  false_positives INTEGER NOT NULL,
  PRIMARY KEY (site_id, day, client)
) STRICT, WITHOUT ROWID;
