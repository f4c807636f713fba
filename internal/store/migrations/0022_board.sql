-- Whether a card showed an open case when it was drawn last, so that those few are
-- found among all that a chat ever got.
ALTER TABLE cards ADD COLUMN waits INTEGER NOT NULL DEFAULT 1;

CREATE INDEX cards_waiting ON cards(chat, topic) WHERE waits = 1;
