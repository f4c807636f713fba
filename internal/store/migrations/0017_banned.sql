-- Which comments were rejected for a ban before all else: they don't count against
-- their writers.
CREATE INDEX verdicts_banned ON verdicts(comment_id, revision)
WHERE json_extract(reasons, '$[0].c') = 'standing' AND json_extract(reasons, '$[0].r') = 'banned';
