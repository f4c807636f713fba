-- What a comment may share with rejected ones: see moderation.Ties. Comments from
-- before have no agent's hash: what counts is thirty days old at most.
ALTER TABLE revisions ADD COLUMN cookie_hash BLOB;
ALTER TABLE revisions ADD COLUMN agent_hash BLOB;
ALTER TABLE revisions ADD COLUMN author_since INTEGER; -- when the platform made the account

CREATE INDEX revisions_email ON revisions(email_hash, received_at) WHERE email_hash IS NOT NULL;
CREATE INDEX revisions_cookie ON revisions(cookie_hash, received_at) WHERE cookie_hash IS NOT NULL;
CREATE INDEX revisions_agent ON revisions(agent_hash, received_at) WHERE agent_hash IS NOT NULL;
