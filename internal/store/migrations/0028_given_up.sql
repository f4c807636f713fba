-- What was given up on is counted and listed without reading all that was sent.
CREATE INDEX deliveries_failed ON deliveries(kind, site_id) WHERE state = 'failed';
