-- What waits is counted from the index alone, also where a blog is away and a hundred
-- thousand deliveries wait for it.
CREATE INDEX deliveries_waiting ON deliveries(kind, site_id, created_at) WHERE state = 'pending';
