-- What is due is found lane by lane, so that one that is closed costs nothing.
DROP INDEX deliveries_due;
CREATE INDEX deliveries_turn ON deliveries(lane, kind, next_at) WHERE state = 'pending';

-- For how long, in milliseconds, the other side has asked to be told later, in all.
ALTER TABLE deliveries ADD COLUMN put_off INTEGER NOT NULL DEFAULT 0;
