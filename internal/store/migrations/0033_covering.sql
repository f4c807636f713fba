-- What shares something with a comment is found in indexes alone: a revision itself
-- is long, and lies anywhere.
DROP INDEX revisions_email;
DROP INDEX revisions_cookie;
DROP INDEX revisions_agent;
CREATE INDEX revisions_email ON revisions(email_hash, received_at, site_id, revision, comment_id) WHERE email_hash IS NOT NULL;
CREATE INDEX revisions_cookie ON revisions(cookie_hash, received_at, site_id, revision, comment_id) WHERE cookie_hash IS NOT NULL;
CREATE INDEX revisions_agent ON revisions(agent_hash, received_at, site_id, revision, comment_id) WHERE agent_hash IS NOT NULL;
