CREATE INDEX lessons_site ON lessons(site_id);

-- What was made of lessons that are gone is gone with them.
CREATE TRIGGER snapshots_epoch AFTER UPDATE OF lessons_epoch ON sites
BEGIN
  DELETE FROM snapshots WHERE site_id = NEW.id AND epoch <> NEW.lessons_epoch;
END;
