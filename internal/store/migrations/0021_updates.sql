-- Telegram's updates that are done. Their numbers are a queue's own, and may begin
-- anew anywhere; the last one done has the greatest id.
CREATE TABLE updates (
  id     INTEGER PRIMARY KEY,
  queue  TEXT    NOT NULL,
  number INTEGER NOT NULL,
  at     INTEGER NOT NULL,
  UNIQUE (queue, number)
) STRICT;
