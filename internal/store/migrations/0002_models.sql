-- What retrain made, promoted or not. The content is the classifier's.
CREATE TABLE models (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id     INTEGER NOT NULL REFERENCES sites(id),
  base        TEXT    NOT NULL, -- the model that it was made over
  last_lesson INTEGER NOT NULL,
  ok          INTEGER NOT NULL, -- lessons that stood
  spam        INTEGER NOT NULL,
  abuse       INTEGER NOT NULL,
  data_sha256 TEXT    NOT NULL,
  figures     TEXT    NOT NULL,
  content     BLOB    NOT NULL,
  reason      TEXT    NOT NULL,
  created_at  INTEGER NOT NULL
) STRICT;

CREATE INDEX models_site ON models(site_id);

-- In force at a site is the model of the newest promotion that was not undone.
CREATE TABLE promotions (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id   INTEGER NOT NULL REFERENCES sites(id),
  model_id  INTEGER NOT NULL REFERENCES models(id),
  at        INTEGER NOT NULL,
  undone_at INTEGER
) STRICT;

CREATE INDEX promotions_standing ON promotions(site_id, id) WHERE undone_at IS NULL;
CREATE INDEX promotions_model ON promotions(model_id);
