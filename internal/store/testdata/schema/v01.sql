PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE sites (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  name             TEXT    NOT NULL,
  platform         TEXT    NOT NULL,
  callback         TEXT    NOT NULL DEFAULT '',
  mode             TEXT    NOT NULL DEFAULT 'normal' CHECK (mode IN ('open', 'normal', 'strict')),
  hold_spam        REAL    NOT NULL DEFAULT 0,
  hold_abuse       REAL    NOT NULL DEFAULT 0,
  akismet_key      BLOB    NOT NULL,
  akismet_key_hash BLOB    NOT NULL UNIQUE,
  created_at       INTEGER NOT NULL,
  removed_at       INTEGER
) STRICT;
INSERT INTO sites VALUES(1,'blog','webhook','https://blog.example.test/callback','normal',0.0,0.0,X'c93acceeb19d57fc5e5b0bf38053e5418cfdfdd77ca3dfd7488ea41744e5f0b17d34569edf3667973b229ed8',X'd21ae71dd4729b3e337d3746734a1994',1795707041409,NULL);
CREATE TABLE site_secrets (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  secret     BLOB    NOT NULL,
  created_at INTEGER NOT NULL,
  retires_at INTEGER
) STRICT;
INSERT INTO site_secrets VALUES(1,1,X'2c7499536dcc0e6bba0f3fd1ac08dff13ce81f7cd07e8fbf9ffc84b6eb8c7e19417e9033e7f8659815ac3cab1baae3eb190e8eb0697cd77851cb2dc9e76791c785ff8006cfbe1732b9df7c5b0465',1795707041409,NULL);
CREATE TABLE comments (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id       INTEGER NOT NULL REFERENCES sites(id),
  platform_id   TEXT    NOT NULL,
  revision      INTEGER NOT NULL, -- the newest
  status        TEXT    NOT NULL CHECK (status IN ('approved', 'held', 'rejected', 'withdrawn')),
  status_before TEXT    NOT NULL DEFAULT '', -- of a withdrawn comment
  seq           INTEGER NOT NULL DEFAULT 0,
  received_at   INTEGER NOT NULL,
  UNIQUE (site_id, platform_id)
) STRICT;
INSERT INTO comments VALUES(1,1,'c1',1,'rejected','',1,1795707042231);
INSERT INTO comments VALUES(2,1,'c2',1,'held','',0,1795707042240);
INSERT INTO comments VALUES(3,1,'c3',2,'held','',2,1795707042246);
INSERT INTO comments VALUES(4,1,'c4',1,'approved','',0,1795707042259);
CREATE TABLE revisions (
  comment_id    INTEGER NOT NULL REFERENCES comments(id),
  revision      INTEGER NOT NULL,
  body          TEXT    NOT NULL,
  format        TEXT    NOT NULL,
  text          TEXT    NOT NULL,
  post_id       TEXT    NOT NULL,
  post_url      TEXT    NOT NULL,
  post_title    TEXT    NOT NULL,
  parent_id     TEXT    NOT NULL,
  parent_author TEXT    NOT NULL,
  parent_text   TEXT    NOT NULL,
  author_id     TEXT    NOT NULL,
  author_name   TEXT    NOT NULL,
  author_url    TEXT    NOT NULL,
  author_role   TEXT    NOT NULL,
  user_agent    TEXT    NOT NULL,
  identity      BLOB, -- keyed hash of what the platform vouches for, or of e-mail and address together
  email_hash    BLOB,
  ip_hash       BLOB,
  range_hash    BLOB, -- of the address's /24 or /64
  honeypot      TEXT    NOT NULL,
  elapsed_ms    INTEGER NOT NULL,
  created_at    INTEGER,
  updated_at    INTEGER,
  received_at   INTEGER NOT NULL,
  PRIMARY KEY (comment_id, revision)
) STRICT;
INSERT INTO revisions VALUES(1,1,'You are a disgusting idiot and everyone here hates you.','text','You are a disgusting idiot and everyone here hates you.','p1','https://blog.example.test/trams','On trams','','','','','Ann','','','Browser/1.0',X'b0681f01e63202e88ef10d149a5d9395',X'ed551995ec42bc32f350a88f84d826d8',X'7a1128c192b75c12af12ed893c93a5dd',X'31a9341bf197f39472dd6e0ebe762e1a','',0,1767261600000,1767261660000,1795707042231);
INSERT INTO revisions VALUES(2,1,'Shut up, you stupid pig, nobody wants you here.','text','Shut up, you stupid pig, nobody wants you here.','p1','https://blog.example.test/trams','On trams','','','','','Bob','','','Browser/1.0',X'0b95e4f6358c7db5c1e90464d1018a70',X'68a07b2244e1b4a0f00b10e31755037a',X'3590413f5b304d0043b03d9aa847d742',X'31a9341bf197f39472dd6e0ebe762e1a','',0,1767348000000,1767348060000,1795707042240);
INSERT INTO revisions VALUES(3,1,'You pathetic moron, go away.','text','You pathetic moron, go away.','p1','https://blog.example.test/trams','On trams','','','','','Cid','','','Browser/1.0',X'8abf2d954ecf00ea58385b8452f9e298',X'd7643d450072c178d510c55a6ba45ff8',X'b113c0399aa8c240fa9a49128e692021',X'31a9341bf197f39472dd6e0ebe762e1a','',0,1767434400000,1767434460000,1795707042246);
INSERT INTO revisions VALUES(3,2,'You pathetic moron, please go far away from this tram.','text','You pathetic moron, please go far away from this tram.','p1','https://blog.example.test/trams','On trams','','','','','Cid','','','Browser/1.0',X'8abf2d954ecf00ea58385b8452f9e298',X'd7643d450072c178d510c55a6ba45ff8',X'b113c0399aa8c240fa9a49128e692021',X'31a9341bf197f39472dd6e0ebe762e1a','',0,1767434400000,1767434520000,1795707042252);
INSERT INTO revisions VALUES(4,1,'The museum by the river opens late on Thursdays.','text','The museum by the river opens late on Thursdays.','p1','https://blog.example.test/trams','On trams','c1','Ann','You are a disgusting idiot and everyone here hates you.','','Dee','','','Browser/1.0',X'fa3b6db30a437e249ba017105883f9ff',X'c4be52d323654972e419bc89aa8451f8',X'5fa5a9c25379f4c7b6e223248b28043d',X'31a9341bf197f39472dd6e0ebe762e1a','',0,1767520800000,1767520860000,1795707042259);
CREATE TABLE verdicts (
  comment_id INTEGER NOT NULL,
  revision   INTEGER NOT NULL,
  action     TEXT    NOT NULL CHECK (action IN ('approve', 'hold', 'reject')),
  ok         REAL    NOT NULL,
  spam       REAL    NOT NULL,
  abuse      REAL    NOT NULL,
  reasons    TEXT    NOT NULL,
  weights    TEXT    NOT NULL,
  model      TEXT    NOT NULL,
  rules      TEXT    NOT NULL,
  judged_at  INTEGER NOT NULL,
  PRIMARY KEY (comment_id, revision),
  FOREIGN KEY (comment_id, revision) REFERENCES revisions(comment_id, revision)
) STRICT;
INSERT INTO verdicts VALUES(1,1,'hold',0.41641410791142963176,0.031369281737544697785,0.55221661035102564962,'[{"c":"classifier","l":"abuse","d":"words that weighed: \"idiot\", \"disgusting\", \"idiot and\", \"hates\"","s":0.5522166103510256}]','[{"f":"idiot","l":"abuse","w":1.3860148341378502},{"f":"disgusting","l":"abuse","w":1.3539778743797908},{"f":"idiot and","l":"abuse","w":0.4054461035972362},{"f":"hates","l":"abuse","w":0.37780175445377556},{"f":"a disgusting","l":"abuse","w":0.3239454578819069},{"f":"are a","l":"abuse","w":0.1697493592293787},{"f":"everyone","l":"abuse","w":0.1504975253346228},{"f":"you","l":"abuse","w":0.14533207110213991}]','starter-deaa44','7681cbca78ab',1795707042231);
INSERT INTO verdicts VALUES(2,1,'hold',0.23974320043818853065,0.00025033899635680718648,0.76000646056545462236,'[{"c":"classifier","l":"abuse","d":"words that weighed: \"stupid\", \"shut\", \"you stupid\", \"pig\"","s":0.7600064605654546}]','[{"f":"stupid","l":"abuse","w":1.6726046146906124},{"f":"shut","l":"abuse","w":0.9940325358767714},{"f":"you stupid","l":"abuse","w":0.5439292434401704},{"f":"pig","l":"abuse","w":0.5280508056313526},{"f":"nobody","l":"abuse","w":0.4745077215263608},{"f":"shut up","l":"abuse","w":0.32123627811419553},{"f":"nobody wants","l":"abuse","w":0.28398039885510684},{"f":"wants","l":"abuse","w":0.22848237058487675}]','starter-deaa44','7681cbca78ab',1795707042240);
INSERT INTO verdicts VALUES(3,1,'hold',0.58299488371419860843,0.001977343680806347391,0.41502777260499507105,'[{"c":"classifier","l":"abuse","d":"words that weighed: \"pathetic\", \"moron\", \"you pathetic\", \"you\"","s":0.41502777260499507}]','[{"f":"pathetic","l":"abuse","w":1.6761170634456726},{"f":"moron","l":"abuse","w":1.6244801504923079},{"f":"you pathetic","l":"abuse","w":0.4300621879446248},{"f":"you","l":"abuse","w":0.1980692279045358},{"f":"go","l":"abuse","w":0.17946377924208406},{"f":"go away","l":"abuse","w":0.1648930261877927}]','starter-deaa44','7681cbca78ab',1795707042246);
INSERT INTO verdicts VALUES(3,2,'hold',0.84669883827398562115,0.046854265368303622818,0.10644689635771069358,'[{"c":"edit","r":"held","d":"an edit of a comment that was held waits for a moderator","s":1},{"c":"classifier","l":"ok","d":"little speaks for abuse: \"pathetic\", \"moron\", \"you pathetic\", \"you\"","s":0.8466988382739856}]','[{"f":"pathetic","l":"abuse","w":1.230586502794446},{"f":"moron","l":"abuse","w":1.1911291216945563},{"f":"please","l":"abuse","w":-0.5162555628206017},{"f":"you pathetic","l":"abuse","w":0.31407301528972975},{"f":"you","l":"abuse","w":0.1453698666264152},{"f":"go","l":"abuse","w":0.1315584011551807},{"f":"tram","l":"abuse","w":0.12970955338279352},{"f":"please go","l":"abuse","w":-0.10761104187032629}]','starter-deaa44','7681cbca78ab',1795707042252);
INSERT INTO verdicts VALUES(4,1,'approve',0.99112695212430768076,0.0016356859727382543154,0.0072373619029540633973,'[{"c":"classifier","l":"ok","d":"little speaks for abuse: \"opens\", \"thursdays\", \"the river\", \"the\"","s":0.9911269521243077}]','[{"f":"museum","l":"abuse","w":-0.48706603995904946},{"f":"late","l":"abuse","w":-0.26874699566249816},{"f":"opens","l":"abuse","w":0.21574449723660774},{"f":"thursdays","l":"abuse","w":0.11082567688496558},{"f":"the river","l":"abuse","w":0.0869532747934109},{"f":"by the","l":"abuse","w":-0.07251916971083441},{"f":"the","l":"abuse","w":0.061725627746802625}]','starter-deaa44','7681cbca78ab',1795707042259);
CREATE TABLE messages (
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  key        TEXT    NOT NULL,
  comment_id INTEGER NOT NULL REFERENCES comments(id),
  revision   INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (site_id, key)
) STRICT, WITHOUT ROWID;
INSERT INTO messages VALUES(1,'msg_1_1',1,1,1795707042231);
INSERT INTO messages VALUES(1,'msg_2_1',2,1,1795707042240);
INSERT INTO messages VALUES(1,'msg_3_1',3,1,1795707042246);
INSERT INTO messages VALUES(1,'msg_3_2',3,2,1795707042252);
INSERT INTO messages VALUES(1,'msg_4_1',4,1,1795707042259);
CREATE TABLE cases (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  tag        TEXT    NOT NULL DEFAULT (lower(hex(randomblob(4)))),
  comment_id INTEGER NOT NULL REFERENCES comments(id),
  revision   INTEGER NOT NULL,
  state      TEXT    NOT NULL CHECK (state IN ('open', 'decided', 'withdrawn')),
  version    INTEGER NOT NULL,
  opened_at  INTEGER NOT NULL,
  closed_at  INTEGER
) STRICT;
INSERT INTO cases VALUES(1,'c28fbc2e',1,1,'decided',2,1795707042231,1795707042337);
INSERT INTO cases VALUES(2,'2bd157a8',2,1,'open',1,1795707042240,NULL);
INSERT INTO cases VALUES(3,'6938c244',3,2,'open',4,1795707042246,NULL);
CREATE TABLE decisions (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  comment_id INTEGER NOT NULL,
  revision   INTEGER NOT NULL,
  choice     TEXT    NOT NULL CHECK (choice IN ('approve', 'spam', 'abuse', 'reject', 'undo')),
  actor_id   TEXT    NOT NULL,
  actor_name TEXT    NOT NULL,
  via        TEXT    NOT NULL,
  note       TEXT    NOT NULL,
  order_key  TEXT    UNIQUE,
  before     TEXT    NOT NULL,
  after      TEXT    NOT NULL,
  supersedes INTEGER REFERENCES decisions(id),
  at         INTEGER NOT NULL,
  FOREIGN KEY (comment_id, revision) REFERENCES revisions(comment_id, revision)
) STRICT;
INSERT INTO decisions VALUES(1,1,1,'abuse','cli:root','root','cli','',NULL,'held','rejected',NULL,1795707042337);
INSERT INTO decisions VALUES(2,3,2,'spam','cli:root','root','cli','',NULL,'held','rejected',NULL,1795707042395);
INSERT INTO decisions VALUES(3,3,2,'undo','cli:root','root','cli','',NULL,'rejected','held',2,1795707042447);
CREATE TABLE lessons (
  number      INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id     INTEGER NOT NULL REFERENCES sites(id),
  comment_id  INTEGER NOT NULL,
  revision    INTEGER NOT NULL,
  decision_id INTEGER NOT NULL REFERENCES decisions(id),
  label       TEXT    NOT NULL CHECK (label IN ('ok', 'spam', 'abuse')),
  withdraws   INTEGER UNIQUE REFERENCES lessons(number),
  at          INTEGER NOT NULL,
  FOREIGN KEY (comment_id, revision) REFERENCES revisions(comment_id, revision)
) STRICT;
INSERT INTO lessons VALUES(1,1,1,1,1,'abuse',NULL,1795707042337);
INSERT INTO lessons VALUES(2,1,3,2,2,'spam',NULL,1795707042395);
INSERT INTO lessons VALUES(3,1,3,2,3,'spam',2,1795707042447);
CREATE TABLE deliveries (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT    NOT NULL,
  lane       TEXT    NOT NULL,
  key        TEXT    NOT NULL,
  message_id TEXT    NOT NULL UNIQUE,
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  payload    TEXT    NOT NULL,
  attempts   INTEGER NOT NULL DEFAULT 0,
  created_at INTEGER NOT NULL,
  tried_at   INTEGER, -- last
  next_at    INTEGER NOT NULL,
  last_error TEXT    NOT NULL DEFAULT '',
  state      TEXT    NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sent', 'failed', 'overtaken'))
) STRICT;
INSERT INTO deliveries VALUES(1,'card','telegram','case:1','msg_4312c4797c198d31d77f815af417a076',1,'{"case":1}',0,1795707042231,NULL,1795707042231,'','pending');
INSERT INTO deliveries VALUES(2,'card','telegram','case:2','msg_997c69fb854331ef0e3c14a420bfcee0',1,'{"case":2}',0,1795707042240,NULL,1795707042240,'','pending');
INSERT INTO deliveries VALUES(3,'card','telegram','case:3','msg_7351f637e770bf6b35cd30b2b58c099b',1,'{"case":3}',0,1795707042246,NULL,1795707042246,'','pending');
INSERT INTO deliveries VALUES(6,'callback','site:1','comment:1','msg_71e8e2a93804717a7c6ea8c092bd499c',1,'{"comment":1,"platform_id":"c1","revision":1,"seq":1,"status":"rejected","choice":"abuse","decided_by":"root","decided_at":"2026-11-26T15:30:42.337752311Z"}',2,1795707042337,1795707043660,1795707049025,'call site blog: dial tcp: lookup blog.example.test on 10.255.255.53:53: no such host','pending');
INSERT INTO deliveries VALUES(8,'callback','site:1','comment:3','msg_e69ad8feaa3a14d77788f349de5e0883',1,'{"comment":3,"platform_id":"c3","revision":2,"seq":1,"status":"rejected","choice":"spam","decided_by":"root","decided_at":"2026-11-26T15:30:42.395280654Z"}',2,1795707042395,1795707043663,1795707048670,'call site blog: dial tcp: lookup blog.example.test on 10.255.255.53:53: no such host','pending');
INSERT INTO deliveries VALUES(10,'callback','site:1','comment:3','msg_3c85a6b4e9949c295d4c2028a39cc24f',1,'{"comment":3,"platform_id":"c3","revision":2,"seq":2,"status":"held","decided_by":"root","decided_at":"2026-11-26T15:30:42.447073197Z"}',0,1795707042447,NULL,1795707042447,'','pending');
CREATE TABLE cards (
  chat    INTEGER NOT NULL,
  message INTEGER NOT NULL,
  case_id INTEGER NOT NULL REFERENCES cases(id),
  version INTEGER NOT NULL,
  PRIMARY KEY (chat, message)
) STRICT, WITHOUT ROWID;
CREATE TABLE moderators (
  id       INTEGER PRIMARY KEY, -- Telegram's
  name     TEXT    NOT NULL,
  added_at INTEGER NOT NULL
) STRICT;
CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO settings VALUES('key.check','4add17ca92dc38efe9a36c225b231f59');
INSERT INTO settings VALUES('ping','1795707041648');
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('sites',1);
INSERT INTO sqlite_sequence VALUES('site_secrets',1);
INSERT INTO sqlite_sequence VALUES('comments',4);
INSERT INTO sqlite_sequence VALUES('cases',3);
INSERT INTO sqlite_sequence VALUES('deliveries',10);
INSERT INTO sqlite_sequence VALUES('decisions',3);
INSERT INTO sqlite_sequence VALUES('lessons',3);
CREATE UNIQUE INDEX sites_name ON sites(name) WHERE removed_at IS NULL;
CREATE INDEX site_secrets_site ON site_secrets(site_id);
CREATE INDEX comments_received ON comments(site_id, received_at);
CREATE INDEX revisions_identity ON revisions(identity) WHERE identity IS NOT NULL;
CREATE INDEX messages_at ON messages(at);
CREATE UNIQUE INDEX cases_open ON cases(comment_id) WHERE state = 'open';
CREATE INDEX cases_comment ON cases(comment_id);
CREATE INDEX decisions_comment ON decisions(comment_id);
CREATE INDEX decisions_supersedes ON decisions(supersedes) WHERE supersedes IS NOT NULL;
CREATE INDEX lessons_decision ON lessons(decision_id);
CREATE INDEX lessons_revision ON lessons(comment_id, revision);
CREATE INDEX deliveries_due ON deliveries(kind, next_at) WHERE state = 'pending';
CREATE INDEX deliveries_lane ON deliveries(lane, next_at) WHERE state = 'pending';
CREATE INDEX deliveries_key ON deliveries(key, id);
CREATE UNIQUE INDEX deliveries_card ON deliveries(key) WHERE kind = 'card' AND state = 'pending';
CREATE INDEX cards_case ON cards(case_id);
COMMIT;
PRAGMA user_version=1;
