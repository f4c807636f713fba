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
, audit REAL NOT NULL DEFAULT 0 CHECK (audit BETWEEN 0 AND 0.2), account BLOB, trust_after INTEGER NOT NULL DEFAULT 3 CHECK (trust_after >= 0), hold_first  INTEGER NOT NULL DEFAULT 0 CHECK (hold_first IN (0, 1))) STRICT;
INSERT INTO sites VALUES(1,'blog','webhook','https://blog.example.test/callback','normal',0.0,0.0,X'fb2b3f78f6548db9f435a5da48c95ca93e11b19d69c57f39164167d025bee0d078066bf6455937494a36afef',X'12c618603e6a1d92069269ec63b60116',1795707072633,NULL,0.0,NULL,3,0);
CREATE TABLE site_secrets (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  secret     BLOB    NOT NULL,
  created_at INTEGER NOT NULL,
  retires_at INTEGER
) STRICT;
INSERT INTO site_secrets VALUES(1,1,X'4a1dbb34ef0cad83d8020c597fba2793a108c58cd81fff04491181dc3d6feb6e2cbcf97ab0362201e8efceed37910e0cd988d10abe4659f0782497154b3746876d15440f75b000a221294377dbec',1795707072633,NULL);
CREATE TABLE comments (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id       INTEGER NOT NULL REFERENCES sites(id),
  platform_id   TEXT    NOT NULL,
  revision      INTEGER NOT NULL, -- the newest
  status        TEXT    NOT NULL CHECK (status IN ('approved', 'held', 'rejected', 'withdrawn')),
  status_before TEXT    NOT NULL DEFAULT '', -- of a withdrawn comment
  seq           INTEGER NOT NULL DEFAULT 0,
  received_at   INTEGER NOT NULL, reply_url TEXT NOT NULL DEFAULT '', reply_id  TEXT NOT NULL DEFAULT '', changed INTEGER NOT NULL DEFAULT 0,
  UNIQUE (site_id, platform_id)
) STRICT;
INSERT INTO comments VALUES(1,1,'c1',1,'rejected','',1,1795707074301,'','',1795707074432640);
INSERT INTO comments VALUES(2,1,'c2',1,'held','',0,1795707074314,'','',1795707074314404);
INSERT INTO comments VALUES(3,1,'c3',2,'held','',2,1795707074325,'','',1795707074801835);
INSERT INTO comments VALUES(4,1,'c4',1,'approved','',0,1795707074347,'','',1795707074347206);
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
  received_at   INTEGER NOT NULL, cookie_hash BLOB, agent_hash BLOB, author_since INTEGER,
  PRIMARY KEY (comment_id, revision)
) STRICT;
INSERT INTO revisions VALUES(1,1,'You are a disgusting idiot and everyone here hates you.','text','You are a disgusting idiot and everyone here hates you.','p1','https://blog.example.test/trams','On trams','','','','','Ann','','','Browser/1.0',X'ae7474fbd1bcb5909f7161c67d112dd0',X'1142900c5b6489d76918eef45b88fe10',X'dfcabb65aefd60982713701adf0241b2',X'142447a979f9bd79244731b56916c66c','',0,1767261600000,1767261660000,1795707074301,NULL,X'ffdac651e4fa41debd31cddc77a4b170',NULL);
INSERT INTO revisions VALUES(2,1,'Shut up, you stupid pig, nobody wants you here.','text','Shut up, you stupid pig, nobody wants you here.','p1','https://blog.example.test/trams','On trams','','','','','Bob','','','Browser/1.0',X'7627d19f36fe34292f31a7268c3be0b5',X'8fc1e8ac6117fb0271b9f35bd5017af5',X'03608cb94db36a69827d9203b3cf7320',X'142447a979f9bd79244731b56916c66c','',0,1767348000000,1767348060000,1795707074314,NULL,X'ffdac651e4fa41debd31cddc77a4b170',NULL);
INSERT INTO revisions VALUES(3,1,'You pathetic moron, go away.','text','You pathetic moron, go away.','p1','https://blog.example.test/trams','On trams','','','','','Cid','','','Browser/1.0',X'610899425c0d8b6f9d5dde253e05b686',X'a66621db7fc257a502dddfe28442bd64',X'0d15d2e85514f488cf838141239e3057',X'142447a979f9bd79244731b56916c66c','',0,1767434400000,1767434460000,1795707074325,NULL,X'ffdac651e4fa41debd31cddc77a4b170',NULL);
INSERT INTO revisions VALUES(3,2,'You pathetic moron, please go far away from this tram.','text','You pathetic moron, please go far away from this tram.','p1','https://blog.example.test/trams','On trams','','','','','Cid','','','Browser/1.0',X'610899425c0d8b6f9d5dde253e05b686',X'a66621db7fc257a502dddfe28442bd64',X'0d15d2e85514f488cf838141239e3057',X'142447a979f9bd79244731b56916c66c','',0,1767434400000,1767434520000,1795707074337,NULL,X'ffdac651e4fa41debd31cddc77a4b170',NULL);
INSERT INTO revisions VALUES(4,1,'The museum by the river opens late on Thursdays.','text','The museum by the river opens late on Thursdays.','p1','https://blog.example.test/trams','On trams','c1','Ann','You are a disgusting idiot and everyone here hates you.','','Dee','','','Browser/1.0',X'efd1da3b08ff52699ec82263f1755b8c',X'eb26c759170a284b1af75eb4f1137922',X'50692bd3296afa89db734223aa7207de',X'142447a979f9bd79244731b56916c66c','',0,1767520800000,1767520860000,1795707074347,NULL,X'ffdac651e4fa41debd31cddc77a4b170',NULL);
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
INSERT INTO verdicts VALUES(1,1,'hold',0.26911869233326601857,0.0019617666280823788452,0.7289195410386516416,'[{"c":"classifier","l":"abuse","d":"words that weighed: \"idiot\", \"you … disgusting\", \"disgusting\", \"are a\"; without \"idiot\" and \"disgusting\": abuse 0.08, held from 0.34","s":0.7289195410386516}]','[{"f":"idiot","l":"abuse","w":3.235510185896943},{"f":"you … disgusting","l":"abuse","w":1.4578915331833828},{"f":"disgusting","l":"abuse","w":1.4163670310024},{"f":"are a","l":"abuse","w":0.8567012880680742},{"f":"everyone","l":"abuse","w":0.4558362621507183},{"f":"hates","l":"abuse","w":0.2956125989193062},{"f":"here","l":"abuse","w":0.13888857673914917},{"f":"and","l":"abuse","w":0.11757874489671076}]','starter-ca6f50','7681cbca78ab',1795707074301);
INSERT INTO verdicts VALUES(2,1,'hold',0.14086897516781085593,1.4237305531084406716e-05,0.85911678752665809888,'[{"c":"classifier","l":"abuse","d":"words that weighed: \"stupid\", \"shut up\", \"you stupid\", \"nobody wants\"; without \"stupid\", \"shut\" and \"you\": abuse 0.21, held from 0.34","s":0.8591167875266581}]','[{"f":"stupid","l":"abuse","w":3.0817303069452358},{"f":"shut up","l":"abuse","w":1.9889482114993804},{"f":"you stupid","l":"abuse","w":1.4777112458067048},{"f":"nobody wants","l":"abuse","w":0.838925212049332},{"f":"pig","l":"abuse","w":0.7886037998524711},{"f":"stupid … you","l":"abuse","w":0.39267730836849235},{"f":"here","l":"abuse","w":0.2508345357285654}]','starter-ca6f50','7681cbca78ab',1795707074314);
INSERT INTO verdicts VALUES(3,1,'hold',0.2306208167790722574,1.3984298517498840262e-05,0.76936519892241017615,'[{"c":"classifier","l":"abuse","d":"words that weighed: \"moron\", \"pathetic\", \"you pathetic\", \"go away\"; without \"moron\" and \"pathetic\": abuse 0.05, held from 0.34","s":0.7693651989224102}]','[{"f":"moron","l":"abuse","w":3.268940691814173},{"f":"pathetic","l":"abuse","w":1.9810037520008912},{"f":"you pathetic","l":"abuse","w":1.7900910164414885},{"f":"go away","l":"abuse","w":1.2319181490175928}]','starter-ca6f50','7681cbca78ab',1795707074325);
INSERT INTO verdicts VALUES(3,2,'hold',0.56374052590551937402,0.0019390740424741011085,0.43432040005200661658,'[{"c":"classifier","l":"abuse","d":"words that weighed: \"moron\", \"pathetic\", \"you pathetic\", \"go\"; without \"moron\": abuse 0.18, held from 0.34","s":0.4343204000520066}]','[{"f":"moron","l":"abuse","w":2.742026055639344},{"f":"pathetic","l":"abuse","w":1.9713417916807725},{"f":"you pathetic","l":"abuse","w":1.3527193981071346},{"f":"tram","l":"abuse","w":-0.48868433723940574},{"f":"go","l":"abuse","w":0.46596583184746065},{"f":"away","l":"abuse","w":0.2953129144197103},{"f":"from","l":"abuse","w":0.16872793092606106},{"f":"this","l":"abuse","w":0.14038475047263424}]','starter-ca6f50','7681cbca78ab',1795707074337);
INSERT INTO verdicts VALUES(4,1,'approve',0.99965734580805620801,0.00023866552990245900873,0.00010398866204131394937,'[{"c":"classifier","l":"ok","d":"little speaks for spam (below 0.01, held from 0.34): \"river\", \"by\"","s":0.9996573458080562}]','[{"f":"museum","l":"spam","w":-0.7975697843678687},{"f":"opens","l":"spam","w":-0.6883041135065922},{"f":"late","l":"spam","w":-0.630354110786066},{"f":"the","l":"spam","w":-0.5139818308205497},{"f":"the museum","l":"spam","w":-0.49305481011374064},{"f":"thursdays","l":"spam","w":-0.3836491027424173},{"f":"river","l":"spam","w":0.2958498410796017},{"f":"by","l":"spam","w":0.2749460495354679}]','starter-ca6f50','7681cbca78ab',1795707074347);
CREATE TABLE messages (
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  key        TEXT    NOT NULL,
  comment_id INTEGER NOT NULL REFERENCES comments(id),
  revision   INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (site_id, key)
) STRICT, WITHOUT ROWID;
INSERT INTO messages VALUES(1,'msg_1_1',1,1,1795707074301);
INSERT INTO messages VALUES(1,'msg_2_1',2,1,1795707074314);
INSERT INTO messages VALUES(1,'msg_3_1',3,1,1795707074325);
INSERT INTO messages VALUES(1,'msg_3_2',3,2,1795707074337);
INSERT INTO messages VALUES(1,'msg_4_1',4,1,1795707074347);
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
INSERT INTO cases VALUES(1,'dd44e3ca',1,1,'decided',2,1795707074301,1795707074432);
INSERT INTO cases VALUES(2,'2ce37d2e',2,1,'open',1,1795707074314,NULL);
INSERT INTO cases VALUES(3,'0992c6a5',3,2,'open',4,1795707074325,NULL);
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
INSERT INTO decisions VALUES(1,1,1,'abuse','cli:root','root','cli','',NULL,'held','rejected',NULL,1795707074432);
INSERT INTO decisions VALUES(2,3,2,'spam','cli:root','root','cli','',NULL,'held','rejected',NULL,1795707074625);
INSERT INTO decisions VALUES(3,3,2,'undo','cli:root','root','cli','',NULL,'rejected','held',2,1795707074801);
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
INSERT INTO lessons VALUES(1,1,1,1,1,'abuse',NULL,1795707074432);
INSERT INTO lessons VALUES(2,1,3,2,2,'spam',NULL,1795707074625);
INSERT INTO lessons VALUES(3,1,3,2,3,'spam',2,1795707074801);
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
, echoed INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO deliveries VALUES(1,'card','telegram','case:1','msg_a45bd8ae18d9beb2b1476a179988d8b2',1,'{"case":1}',0,1795707074301,NULL,1795707074301,'','pending',0);
INSERT INTO deliveries VALUES(2,'card','telegram','case:2','msg_e5445582f5cfa98e974a6b981f3ef17c',1,'{"case":2}',0,1795707074314,NULL,1795707074314,'','pending',0);
INSERT INTO deliveries VALUES(3,'card','telegram','case:3','msg_6f95f6c99c3f7c8367a643b494e69046',1,'{"case":3}',0,1795707074325,NULL,1795707074325,'','pending',0);
INSERT INTO deliveries VALUES(6,'callback','site:1','comment:1','msg_4b95eaeba68fa6610dbd16ac1905ac50',1,'{"comment":1,"platform_id":"c1","revision":1,"seq":1,"status":"rejected","choice":"abuse","decided_by":"root","decided_at":"2026-11-26T15:31:14.432640574Z"}',2,1795707074432,1795707076212,1795707080580,'call site blog: dial tcp: lookup blog.example.test on 10.255.255.53:53: no such host','pending',0);
INSERT INTO deliveries VALUES(8,'callback','site:1','comment:3','msg_96330e7d5c8910ae9a24502f5d393cb3',1,'{"comment":3,"platform_id":"c3","revision":2,"seq":1,"status":"rejected","choice":"spam","decided_by":"root","decided_at":"2026-11-26T15:31:14.62591927Z"}',2,1795707074625,1795707076179,1795707081049,'call site blog: dial tcp: lookup blog.example.test on 10.255.255.53:53: no such host','pending',0);
INSERT INTO deliveries VALUES(10,'callback','site:1','comment:3','msg_b279f4dfe53b86cfe94a6f91566ecc34',1,'{"comment":3,"platform_id":"c3","revision":2,"seq":2,"status":"held","decided_by":"root","decided_at":"2026-11-26T15:31:14.80183517Z"}',0,1795707074801,NULL,1795707074801,'','pending',0);
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
INSERT INTO settings VALUES('key.check','48b0f0526a9a1324f9708b70120ff821');
INSERT INTO settings VALUES('ping','1795707073176');
CREATE TABLE models (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id     INTEGER NOT NULL REFERENCES sites(id),
  base        TEXT    NOT NULL, -- the model that it was made over
  last_lesson INTEGER NOT NULL,
  ok          INTEGER NOT NULL, -- lessons that stood
  spam        INTEGER NOT NULL,
  abuse       INTEGER NOT NULL,
  data_sha256 TEXT    NOT NULL,
  figures     TEXT    NOT NULL,
  content     BLOB    NOT NULL,
  reason      TEXT    NOT NULL,
  created_at  INTEGER NOT NULL
) STRICT;
CREATE TABLE promotions (
  id        INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id   INTEGER NOT NULL REFERENCES sites(id),
  model_id  INTEGER NOT NULL REFERENCES models(id),
  at        INTEGER NOT NULL,
  undone_at INTEGER
) STRICT;
CREATE TABLE aliases (
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  alias      BLOB    NOT NULL,
  comment_id INTEGER NOT NULL REFERENCES comments(id), at INTEGER,
  PRIMARY KEY (site_id, alias)
) STRICT, WITHOUT ROWID;
CREATE TABLE tokens (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  name       TEXT    NOT NULL,
  hash       BLOB    NOT NULL UNIQUE,
  created_at INTEGER NOT NULL,
  used_at    INTEGER,
  revoked_at INTEGER
) STRICT;
CREATE TABLE usage (
  site_id         INTEGER NOT NULL REFERENCES sites(id),
  day             TEXT    NOT NULL,
  client          TEXT    NOT NULL,
  spam            INTEGER NOT NULL,
  ham             INTEGER NOT NULL,
  missed_spam     INTEGER NOT NULL,
  false_positives INTEGER NOT NULL,
  PRIMARY KEY (site_id, day, client)
) STRICT, WITHOUT ROWID;
CREATE TABLE marks (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  kind       TEXT    NOT NULL CHECK (kind IN ('trust', 'ban')),
  subject    TEXT    NOT NULL CHECK (subject IN ('identity', 'email', 'address', 'range', 'name', 'agent')),
  value      BLOB    NOT NULL,
  shown      TEXT    NOT NULL, -- what people call whom it is about
  reason     TEXT    NOT NULL,
  actor_id   TEXT    NOT NULL,
  actor_name TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  until      INTEGER, -- NULL: for good
  lifted_at  INTEGER
) STRICT;
CREATE TABLE modes (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  post_id    TEXT    NOT NULL DEFAULT '', -- empty: the whole site
  mode       TEXT    NOT NULL CHECK (mode IN ('open', 'normal', 'strict')),
  reason     TEXT    NOT NULL,
  actor_id   TEXT    NOT NULL,
  actor_name TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  until      INTEGER, -- NULL: until it is changed
  ended_at   INTEGER
) STRICT;
CREATE TABLE link_hosts (
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  host       TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  comment_id INTEGER NOT NULL REFERENCES comments(id),
  PRIMARY KEY (site_id, host, at, comment_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE bands (
  band       INTEGER NOT NULL,
  comment_id INTEGER NOT NULL REFERENCES comments(id),
  PRIMARY KEY (band, comment_id)
) STRICT, WITHOUT ROWID;
INSERT INTO bands VALUES(-7837382026351869096,1);
INSERT INTO bands VALUES(-7462852846600463072,1);
INSERT INTO bands VALUES(-4091798878051980602,1);
INSERT INTO bands VALUES(-3596706658782712372,1);
INSERT INTO bands VALUES(600805642074028098,1);
INSERT INTO bands VALUES(1116280943820095432,1);
INSERT INTO bands VALUES(6071860293505565403,1);
INSERT INTO bands VALUES(-8707759842044410561,2);
INSERT INTO bands VALUES(-7056607425654841329,2);
INSERT INTO bands VALUES(919161634490212320,2);
INSERT INTO bands VALUES(2857796509001984824,2);
INSERT INTO bands VALUES(4377880173337495797,2);
INSERT INTO bands VALUES(5087465682145606176,2);
INSERT INTO bands VALUES(7823807170145105005,2);
INSERT INTO bands VALUES(-8323081881075151147,3);
INSERT INTO bands VALUES(-1760165732310142689,3);
INSERT INTO bands VALUES(835313309204582266,3);
INSERT INTO bands VALUES(4443929629616768871,3);
INSERT INTO bands VALUES(5250962031128928069,3);
INSERT INTO bands VALUES(7618841019039201554,3);
INSERT INTO bands VALUES(8872559970516219993,3);
INSERT INTO bands VALUES(-8616514689628145879,4);
INSERT INTO bands VALUES(-7305762874651935687,4);
INSERT INTO bands VALUES(-5569567570977457422,4);
INSERT INTO bands VALUES(-2664735714069314838,4);
INSERT INTO bands VALUES(5385955182319861183,4);
INSERT INTO bands VALUES(5810521615455635647,4);
INSERT INTO bands VALUES(7929058321102750586,4);
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
CREATE INDEX models_site ON models(site_id);
CREATE INDEX promotions_standing ON promotions(site_id, id) WHERE undone_at IS NULL;
CREATE INDEX promotions_model ON promotions(model_id);
CREATE INDEX aliases_comment ON aliases(comment_id);
CREATE UNIQUE INDEX tokens_name ON tokens(site_id, name) WHERE revoked_at IS NULL;
CREATE UNIQUE INDEX comments_changed ON comments(site_id, changed);
CREATE INDEX comments_status ON comments(site_id, status, changed);
CREATE INDEX aliases_at ON aliases(at) WHERE at IS NOT NULL;
CREATE INDEX marks_subject ON marks(site_id, subject, value) WHERE lifted_at IS NULL;
CREATE INDEX modes_site ON modes(site_id, post_id) WHERE ended_at IS NULL;
CREATE INDEX revisions_ip ON revisions(ip_hash, received_at) WHERE ip_hash IS NOT NULL;
CREATE INDEX revisions_range ON revisions(range_hash, received_at) WHERE range_hash IS NOT NULL;
CREATE INDEX revisions_post ON revisions(post_id, received_at);
CREATE INDEX bands_comment ON bands(comment_id);
CREATE INDEX link_hosts_comment ON link_hosts(comment_id);
CREATE INDEX revisions_email ON revisions(email_hash, received_at) WHERE email_hash IS NOT NULL;
CREATE INDEX revisions_cookie ON revisions(cookie_hash, received_at) WHERE cookie_hash IS NOT NULL;
CREATE INDEX revisions_agent ON revisions(agent_hash, received_at) WHERE agent_hash IS NOT NULL;
COMMIT;
PRAGMA user_version=10;
