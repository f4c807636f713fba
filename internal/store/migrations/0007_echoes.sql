-- Whether the blog has said what it was told as its own decision, as WordPress'
-- Akismet plugin does, or has decided itself since: then it is no echo any more.
ALTER TABLE deliveries ADD COLUMN echoed INTEGER NOT NULL DEFAULT 0;
