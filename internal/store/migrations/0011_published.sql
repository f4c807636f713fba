-- When the post went online, where the blog says so.
ALTER TABLE revisions ADD COLUMN post_published INTEGER;
