-- The words that are in the index of words; it has no data of its own. What begins in
-- some way is found word by word, without reading what all of them are in.
CREATE VIRTUAL TABLE vocabulary USING fts5vocab(words, 'instance');
