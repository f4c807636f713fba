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
, audit REAL NOT NULL DEFAULT 0 CHECK (audit BETWEEN 0 AND 0.2), account BLOB, trust_after INTEGER NOT NULL DEFAULT 3 CHECK (trust_after >= 0), hold_first  INTEGER NOT NULL DEFAULT 0 CHECK (hold_first IN (0, 1)), auto_strict TEXT NOT NULL DEFAULT 'off', destination TEXT NOT NULL DEFAULT '', lessons_epoch INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO sites VALUES(1,'blog','webhook','https://blog.example.test/callback','normal',0.0,0.0,X'6abec3b7bbccc3c2f0c526b78af03361021d5fd7ef2422ed878367076b0ceb98d9d0341eaaf8cddb7e0eb828',X'0043327c5b252905fcf64512304d33b3',1795707023362,NULL,0.0,NULL,3,0,'off','',0);
CREATE TABLE site_secrets (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  secret     BLOB    NOT NULL,
  created_at INTEGER NOT NULL,
  retires_at INTEGER
) STRICT;
INSERT INTO site_secrets VALUES(1,1,X'5a0d977261f60df56c730033e3fe4a4801406e6f2d152abb37683d20ea28bdeef5e56aac7dc58bc2541bd1690a5172bd7bc345911424ed47a2fc34fdc6e94484c4cebe48aed70e4fd0226e612e02',1795707023362,NULL);
CREATE TABLE comments (
  id            INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id       INTEGER NOT NULL REFERENCES sites(id),
  platform_id   TEXT    NOT NULL,
  revision      INTEGER NOT NULL, -- the newest
  status        TEXT    NOT NULL CHECK (status IN ('approved', 'held', 'rejected', 'withdrawn')),
  status_before TEXT    NOT NULL DEFAULT '', -- of a withdrawn comment
  seq           INTEGER NOT NULL DEFAULT 0,
  received_at   INTEGER NOT NULL, reply_url TEXT NOT NULL DEFAULT '', reply_id  TEXT NOT NULL DEFAULT '', changed INTEGER NOT NULL DEFAULT 0, cluster_id INTEGER REFERENCES clusters(id), first_action TEXT NOT NULL DEFAULT '', unasked INTEGER NOT NULL DEFAULT 0, joined INTEGER NOT NULL DEFAULT 0, alone INTEGER NOT NULL DEFAULT 0,
  UNIQUE (site_id, platform_id)
) STRICT;
INSERT INTO comments VALUES(1,1,'c1',1,'rejected','',1,1795707024354,'','',1795707024523870,NULL,'hold',0,0,0);
INSERT INTO comments VALUES(2,1,'c2',1,'held','',0,1795707024366,'','',1795707024366397,NULL,'hold',0,0,0);
INSERT INTO comments VALUES(3,1,'c3',2,'held','',2,1795707024371,'','',1795707024946501,NULL,'hold',0,0,0);
INSERT INTO comments VALUES(4,1,'c4',1,'approved','',0,1795707024385,'','',1795707024385964,NULL,'approve',1,0,0);
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
  received_at   INTEGER NOT NULL, cookie_hash BLOB, agent_hash BLOB, author_since INTEGER, post_published INTEGER, site_id INTEGER NOT NULL DEFAULT 0, purged_at INTEGER, body_hash BLOB, purged_length INTEGER NOT NULL DEFAULT 0,
  PRIMARY KEY (comment_id, revision)
) STRICT;
INSERT INTO revisions VALUES(1,1,'You are a disgusting idiot and everyone here hates you.','text','You are a disgusting idiot and everyone here hates you.','p1','https://blog.example.test/trams','On trams','','','','','Ann','','','Browser/1.0',X'46d96bcbf14fb22c53bbde07a3f19b76',X'66dd14b5e641adc19db776cd6ad33aa5',X'3c07a4bf3d46e165d52b6f705a03ec90',X'89f08ca26ed9397571e20276aaf7da09','',0,1767261600000,1767261660000,1795707024354,NULL,X'87ea5e165dc14dd5c6ec2279e911da42',NULL,NULL,1,NULL,NULL,0);
INSERT INTO revisions VALUES(2,1,'Shut up, you stupid pig, nobody wants you here.','text','Shut up, you stupid pig, nobody wants you here.','p1','https://blog.example.test/trams','On trams','','','','','Bob','','','Browser/1.0',X'6ae8f127bca3276acba15cfdca77ad3e',X'7a06cc0870986f765fef0c7dbf5346fa',X'55e0206a57ece2b82673f79f494f8c21',X'89f08ca26ed9397571e20276aaf7da09','',0,1767348000000,1767348060000,1795707024366,NULL,X'87ea5e165dc14dd5c6ec2279e911da42',NULL,NULL,1,NULL,NULL,0);
INSERT INTO revisions VALUES(3,1,'You pathetic moron, go away.','text','You pathetic moron, go away.','p1','https://blog.example.test/trams','On trams','','','','','Cid','','','Browser/1.0',X'e000ba3c8e4e2de9b91726abac1641d8',X'40e30d3692744e7f7cd2ed9a718f4dea',X'529889ee1dcf37f2160311139c072270',X'89f08ca26ed9397571e20276aaf7da09','',0,1767434400000,1767434460000,1795707024371,NULL,X'87ea5e165dc14dd5c6ec2279e911da42',NULL,NULL,1,NULL,NULL,0);
INSERT INTO revisions VALUES(3,2,'You pathetic moron, please go far away from this tram.','text','You pathetic moron, please go far away from this tram.','p1','https://blog.example.test/trams','On trams','','','','','Cid','','','Browser/1.0',X'e000ba3c8e4e2de9b91726abac1641d8',X'40e30d3692744e7f7cd2ed9a718f4dea',X'529889ee1dcf37f2160311139c072270',X'89f08ca26ed9397571e20276aaf7da09','',0,1767434400000,1767434520000,1795707024379,NULL,X'87ea5e165dc14dd5c6ec2279e911da42',NULL,NULL,1,NULL,NULL,0);
INSERT INTO revisions VALUES(4,1,'The museum by the river opens late on Thursdays.','text','The museum by the river opens late on Thursdays.','p1','https://blog.example.test/trams','On trams','c1','Ann','You are a disgusting idiot and everyone here hates you.','','Dee','','','Browser/1.0',X'53fe5a035bee2353c9462f6d38a63c72',X'9d8ac2d9174322c4aa84442899224e51',X'a82418699798005374097554423d7d5f',X'89f08ca26ed9397571e20276aaf7da09','',0,1767520800000,1767520860000,1795707024385,NULL,X'87ea5e165dc14dd5c6ec2279e911da42',NULL,NULL,1,NULL,NULL,0);
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
INSERT INTO verdicts VALUES(1,1,'hold',0.26911869233326601857,0.0019617666280823788452,0.7289195410386516416,'[{"c":"classifier","l":"abuse","d":"words that weighed: \"idiot\", \"you … disgusting\", \"disgusting\", \"are a\"; without \"idiot\" and \"disgusting\": abuse 0.08, held from 0.34","s":0.7289195410386516}]','[{"f":"idiot","l":"abuse","w":3.235510185896943},{"f":"you … disgusting","l":"abuse","w":1.4578915331833828},{"f":"disgusting","l":"abuse","w":1.4163670310024},{"f":"are a","l":"abuse","w":0.8567012880680742},{"f":"everyone","l":"abuse","w":0.4558362621507183},{"f":"hates","l":"abuse","w":0.2956125989193062},{"f":"here","l":"abuse","w":0.13888857673914917},{"f":"and","l":"abuse","w":0.11757874489671076}]','starter-ca6f50','95eb2f827955',1795707024354);
INSERT INTO verdicts VALUES(2,1,'hold',0.14086897516781085593,1.4237305531084406716e-05,0.85911678752665809888,'[{"c":"classifier","l":"abuse","d":"words that weighed: \"stupid\", \"shut up\", \"you stupid\", \"nobody wants\"; without \"stupid\", \"shut\" and \"you\": abuse 0.21, held from 0.34","s":0.8591167875266581}]','[{"f":"stupid","l":"abuse","w":3.0817303069452358},{"f":"shut up","l":"abuse","w":1.9889482114993804},{"f":"you stupid","l":"abuse","w":1.4777112458067048},{"f":"nobody wants","l":"abuse","w":0.838925212049332},{"f":"pig","l":"abuse","w":0.7886037998524711},{"f":"stupid … you","l":"abuse","w":0.39267730836849235},{"f":"here","l":"abuse","w":0.2508345357285654}]','starter-ca6f50','95eb2f827955',1795707024366);
INSERT INTO verdicts VALUES(3,1,'hold',0.2306208167790722574,1.3984298517498840262e-05,0.76936519892241017615,'[{"c":"classifier","l":"abuse","d":"words that weighed: \"moron\", \"pathetic\", \"you pathetic\", \"go away\"; without \"moron\" and \"pathetic\": abuse 0.05, held from 0.34","s":0.7693651989224102}]','[{"f":"moron","l":"abuse","w":3.268940691814173},{"f":"pathetic","l":"abuse","w":1.9810037520008912},{"f":"you pathetic","l":"abuse","w":1.7900910164414885},{"f":"go away","l":"abuse","w":1.2319181490175928}]','starter-ca6f50','95eb2f827955',1795707024371);
INSERT INTO verdicts VALUES(3,2,'hold',0.56374052590551937402,0.0019390740424741011085,0.43432040005200661658,'[{"c":"classifier","l":"abuse","d":"words that weighed: \"moron\", \"pathetic\", \"you pathetic\", \"go\"; without \"moron\": abuse 0.18, held from 0.34","s":0.4343204000520066}]','[{"f":"moron","l":"abuse","w":2.742026055639344},{"f":"pathetic","l":"abuse","w":1.9713417916807725},{"f":"you pathetic","l":"abuse","w":1.3527193981071346},{"f":"tram","l":"abuse","w":-0.48868433723940574},{"f":"go","l":"abuse","w":0.46596583184746065},{"f":"away","l":"abuse","w":0.2953129144197103},{"f":"from","l":"abuse","w":0.16872793092606106},{"f":"this","l":"abuse","w":0.14038475047263424}]','starter-ca6f50','95eb2f827955',1795707024379);
INSERT INTO verdicts VALUES(4,1,'approve',0.99965734580805620801,0.00023866552990245900873,0.00010398866204131394937,'[{"c":"classifier","l":"ok","d":"little speaks for spam (below 0.01, held from 0.34): \"river\", \"by\"","s":0.9996573458080562}]','[{"f":"museum","l":"spam","w":-0.7975697843678687},{"f":"opens","l":"spam","w":-0.6883041135065922},{"f":"late","l":"spam","w":-0.630354110786066},{"f":"the","l":"spam","w":-0.5139818308205497},{"f":"the museum","l":"spam","w":-0.49305481011374064},{"f":"thursdays","l":"spam","w":-0.3836491027424173},{"f":"river","l":"spam","w":0.2958498410796017},{"f":"by","l":"spam","w":0.2749460495354679}]','starter-ca6f50','95eb2f827955',1795707024385);
CREATE TABLE messages (
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  key        TEXT    NOT NULL,
  comment_id INTEGER NOT NULL REFERENCES comments(id),
  revision   INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (site_id, key)
) STRICT, WITHOUT ROWID;
INSERT INTO messages VALUES(1,'msg_1_1',1,1,1795707024354);
INSERT INTO messages VALUES(1,'msg_2_1',2,1,1795707024366);
INSERT INTO messages VALUES(1,'msg_3_1',3,1,1795707024371);
INSERT INTO messages VALUES(1,'msg_3_2',3,2,1795707024379);
INSERT INTO messages VALUES(1,'msg_4_1',4,1,1795707024385);
CREATE TABLE cases (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  tag        TEXT    NOT NULL DEFAULT (lower(hex(randomblob(4)))),
  comment_id INTEGER NOT NULL REFERENCES comments(id),
  revision   INTEGER NOT NULL,
  state      TEXT    NOT NULL CHECK (state IN ('open', 'decided', 'withdrawn')),
  version    INTEGER NOT NULL,
  opened_at  INTEGER NOT NULL,
  closed_at  INTEGER
, looked INTEGER NOT NULL DEFAULT 0, site_id INTEGER NOT NULL DEFAULT 0, urgent INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO cases VALUES(1,'73818c96',1,1,'decided',2,1795707024354,1795707024523,0,1,0);
INSERT INTO cases VALUES(2,'d39168b5',2,1,'open',1,1795707024366,NULL,0,1,0);
INSERT INTO cases VALUES(3,'562914c2',3,2,'open',4,1795707024371,NULL,0,1,0);
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
  at         INTEGER NOT NULL, site_id INTEGER NOT NULL DEFAULT 0, cluster_order INTEGER REFERENCES cluster_orders(id), untaught INTEGER NOT NULL DEFAULT 0,
  FOREIGN KEY (comment_id, revision) REFERENCES revisions(comment_id, revision)
) STRICT;
INSERT INTO decisions VALUES(1,1,1,'abuse','cli:root','root','cli','',NULL,'held','rejected',NULL,1795707024523,1,NULL,0);
INSERT INTO decisions VALUES(2,3,2,'spam','cli:root','root','cli','',NULL,'held','rejected',NULL,1795707024728,1,NULL,0);
INSERT INTO decisions VALUES(3,3,2,'undo','cli:root','root','cli','',NULL,'rejected','held',2,1795707024946,1,NULL,0);
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
INSERT INTO lessons VALUES(1,1,1,1,1,'abuse',NULL,1795707024523);
INSERT INTO lessons VALUES(2,1,3,2,2,'spam',NULL,1795707024728);
INSERT INTO lessons VALUES(3,1,3,2,3,'spam',2,1795707024946);
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
, echoed INTEGER NOT NULL DEFAULT 0, put_off INTEGER NOT NULL DEFAULT 0) STRICT;
INSERT INTO deliveries VALUES(1,'card','telegram','case:1','msg_b97b4bcb9431018b80e018cc016eb8e4',1,'{"case":1}',0,1795707024354,NULL,1795707024354,'','pending',0,0);
INSERT INTO deliveries VALUES(2,'card','telegram','case:2','msg_be8f30ce8dcecf6238d7ac08083f43df',1,'{"case":2}',0,1795707024366,NULL,1795707024366,'','pending',0,0);
INSERT INTO deliveries VALUES(3,'card','telegram','case:3','msg_c78e4788148ed76b82c9e2bf3885a2bb',1,'{"case":3}',0,1795707024371,NULL,1795707024371,'','pending',0,0);
INSERT INTO deliveries VALUES(6,'callback','site:1','comment:1','msg_4402c44295d05011f89baa152d97d2d4',1,'{"comment":1,"platform_id":"c1","revision":1,"seq":1,"status":"rejected","choice":"abuse","decided_by":"root","decided_at":"2026-11-26T15:30:24.523870634Z"}',2,1795707024523,1795707026280,1795707031763,'call site blog: dial tcp: lookup blog.example.test on 10.255.255.53:53: no such host','pending',0,0);
INSERT INTO deliveries VALUES(8,'callback','site:1','comment:3','msg_69b7f2e52e35c295a09df95d33cd5b76',1,'{"comment":3,"platform_id":"c3","revision":2,"seq":1,"status":"rejected","choice":"spam","decided_by":"root","decided_at":"2026-11-26T15:30:24.728612123Z"}',2,1795707024728,1795707026280,1795707032074,'call site blog: dial tcp: lookup blog.example.test on 10.255.255.53:53: no such host','pending',0,0);
INSERT INTO deliveries VALUES(10,'callback','site:1','comment:3','msg_f0e93d3a762180f1645ec74a041674b8',1,'{"comment":3,"platform_id":"c3","revision":2,"seq":2,"status":"held","decided_by":"root","decided_at":"2026-11-26T15:30:24.946501993Z"}',0,1795707024946,NULL,1795707024946,'','pending',0,0);
CREATE TABLE cards (
  chat    INTEGER NOT NULL,
  message INTEGER NOT NULL,
  case_id INTEGER NOT NULL REFERENCES cases(id),
  version INTEGER NOT NULL, topic INTEGER NOT NULL DEFAULT 0, waits INTEGER NOT NULL DEFAULT 1,
  PRIMARY KEY (chat, message)
) STRICT, WITHOUT ROWID;
CREATE TABLE moderators (
  id       INTEGER PRIMARY KEY, -- Telegram's
  name     TEXT    NOT NULL,
  added_at INTEGER NOT NULL
, role TEXT NOT NULL DEFAULT '' CHECK (role IN ('', 'observer', 'moderator', 'senior'))) STRICT;
CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO settings VALUES('key.check','bca0a0faac74c6eed7ed6741be924084');
INSERT INTO settings VALUES('ping','1795707023941');
INSERT INTO settings VALUES('purge.last','1795707023774');
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
, comment_id  INTEGER REFERENCES comments(id), order_key   TEXT, lifter_id   TEXT NOT NULL DEFAULT '', lifter_name TEXT NOT NULL DEFAULT '') STRICT;
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
, title      TEXT NOT NULL DEFAULT '', former     TEXT NOT NULL DEFAULT '', order_key  TEXT, ender_id   TEXT NOT NULL DEFAULT '', ender_name TEXT NOT NULL DEFAULT '') STRICT;
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
INSERT INTO bands VALUES(-7161442084312820236,1);
INSERT INTO bands VALUES(-6068758475575311010,1);
INSERT INTO bands VALUES(-4343505923249255704,1);
INSERT INTO bands VALUES(-3476635612104682811,1);
INSERT INTO bands VALUES(-2142017055183493577,1);
INSERT INTO bands VALUES(-2074306089885448741,1);
INSERT INTO bands VALUES(36385704948442621,1);
INSERT INTO bands VALUES(992680217419534082,1);
INSERT INTO bands VALUES(2567133954077889853,1);
INSERT INTO bands VALUES(2633919432497755779,1);
INSERT INTO bands VALUES(3098405744735730826,1);
INSERT INTO bands VALUES(6071860293505565403,1);
INSERT INTO bands VALUES(8133491474880133110,1);
INSERT INTO bands VALUES(-6092670316325068250,2);
INSERT INTO bands VALUES(-5920302968811564625,2);
INSERT INTO bands VALUES(-4829376725015451784,2);
INSERT INTO bands VALUES(-3724841471510347494,2);
INSERT INTO bands VALUES(-3612852388334903159,2);
INSERT INTO bands VALUES(-3172749334345962222,2);
INSERT INTO bands VALUES(-2885470285896775588,2);
INSERT INTO bands VALUES(2206156213107559394,2);
INSERT INTO bands VALUES(3698521379927718120,2);
INSERT INTO bands VALUES(4354281916589056694,2);
INSERT INTO bands VALUES(4654915347018168960,2);
INSERT INTO bands VALUES(5087465682145606176,2);
INSERT INTO bands VALUES(8068917679939255958,2);
INSERT INTO bands VALUES(-6895316424564039132,3);
INSERT INTO bands VALUES(-5163651312693262265,3);
INSERT INTO bands VALUES(-1538703473517985420,3);
INSERT INTO bands VALUES(-1119645447116422635,3);
INSERT INTO bands VALUES(-497852686381314904,3);
INSERT INTO bands VALUES(-113935159441943857,3);
INSERT INTO bands VALUES(835313309204582266,3);
INSERT INTO bands VALUES(1841328405008348953,3);
INSERT INTO bands VALUES(4669942044747711048,3);
INSERT INTO bands VALUES(8017178581074902485,3);
INSERT INTO bands VALUES(8280728486994828861,3);
INSERT INTO bands VALUES(8363215883110868017,3);
INSERT INTO bands VALUES(8733367529344520742,3);
INSERT INTO bands VALUES(-6223608208679466949,4);
INSERT INTO bands VALUES(-5559012419455244886,4);
INSERT INTO bands VALUES(-4832437397116698792,4);
INSERT INTO bands VALUES(-4412218426840557523,4);
INSERT INTO bands VALUES(-2611595380344038751,4);
INSERT INTO bands VALUES(-1313691808295205373,4);
INSERT INTO bands VALUES(-737272117780622014,4);
INSERT INTO bands VALUES(1878987979976905207,4);
INSERT INTO bands VALUES(3667868395627608418,4);
INSERT INTO bands VALUES(3693687687785919254,4);
INSERT INTO bands VALUES(5810521615455635647,4);
INSERT INTO bands VALUES(7661133503674989986,4);
INSERT INTO bands VALUES(8827879166832948260,4);
CREATE TABLE personas (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id    INTEGER NOT NULL REFERENCES sites(id),
  name       TEXT    NOT NULL,
  actor_id   TEXT    NOT NULL,
  actor_name TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  keep_ms    INTEGER NOT NULL,
  dropped_at INTEGER
) STRICT;
CREATE TABLE withdrawals (
  comment_id INTEGER NOT NULL REFERENCES comments(id),
  revision   INTEGER NOT NULL,
  at         INTEGER NOT NULL,
  PRIMARY KEY (comment_id, revision)
) STRICT, WITHOUT ROWID;
CREATE TABLE clusters (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id  INTEGER NOT NULL REFERENCES sites(id),
  kind     TEXT    NOT NULL CHECK (kind IN ('text', 'host', 'range')),
  comments INTEGER NOT NULL,
  began_at INTEGER NOT NULL,
  last_at  INTEGER NOT NULL
) STRICT;
CREATE TABLE persona_comments (
  persona_id INTEGER NOT NULL REFERENCES personas(id),
  comment_id INTEGER NOT NULL REFERENCES comments(id) ON DELETE CASCADE,
  actor_id   TEXT    NOT NULL,
  at         INTEGER NOT NULL,
  left_at    INTEGER, -- NULL: it is in it
  PRIMARY KEY (persona_id, comment_id, at)
) STRICT, WITHOUT ROWID;
CREATE TABLE moderator_sites (
  moderator_id INTEGER NOT NULL REFERENCES moderators(id) ON DELETE CASCADE,
  site_id      INTEGER NOT NULL REFERENCES sites(id),
  PRIMARY KEY (moderator_id, site_id)
) STRICT, WITHOUT ROWID;
CREATE TABLE skips (
  case_id INTEGER NOT NULL REFERENCES cases(id),
  chat    INTEGER NOT NULL,
  topic   INTEGER NOT NULL,
  until   INTEGER NOT NULL,
  PRIMARY KEY (case_id, chat, topic)
) STRICT, WITHOUT ROWID;
CREATE TABLE chats (
  chat  INTEGER NOT NULL,
  topic INTEGER NOT NULL,
  state TEXT    NOT NULL, -- JSON
  PRIMARY KEY (chat, topic)
) STRICT, WITHOUT ROWID;
CREATE TABLE notes (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  comment_id INTEGER NOT NULL REFERENCES comments(id),
  actor_id   TEXT    NOT NULL,
  actor_name TEXT    NOT NULL,
  text       TEXT    NOT NULL,
  order_key  TEXT    UNIQUE,
  at         INTEGER NOT NULL
) STRICT;
CREATE TABLE updates (
  id     INTEGER PRIMARY KEY,
  queue  TEXT    NOT NULL,
  number INTEGER NOT NULL,
  at     INTEGER NOT NULL,
  UNIQUE (queue, number)
) STRICT;
PRAGMA writable_schema=ON;
INSERT INTO sqlite_schema(type,name,tbl_name,rootpage,sql)VALUES('table','words','words',0,'CREATE VIRTUAL TABLE words USING fts5(
  text, author, site, content = '''', contentless_delete = 1, detail = column,
  tokenize = "unicode61 remove_diacritics 2 categories ''L* M* N* Co''")');
CREATE TABLE IF NOT EXISTS 'words_data'(id INTEGER PRIMARY KEY, block BLOB);
INSERT INTO words_data VALUES(1,X'052b0505');
INSERT INTO words_data VALUES(10,X'00000000ff000001010506000501010101010000010201010202000001030101030301010104010104040000010501010505000001');
INSERT INTO words_data VALUES(137438953473,X'0000006502306101020202026e6401020203016e01020302027265010202010a64697367757374696e67010202010865766572796f6e6501020201056861746573010202020365726501020201056964696f74010202010273310102040103796f7501020204060706070f0d0a080a07');
INSERT INTO words_data VALUES(274877906945,X'0000005a0430626f6202020301046865726502020201066e6f626f647902020201037069670202020102733102020402036875740202020205747570696402020201027570020202010577616e74730202020103796f750202020408090b0807080a070a');
INSERT INTO words_data VALUES(412316860417,X'0000004205306177617903020201036369640302030102676f03020201056d6f726f6e03020201087061746865746963030202010273310302040103796f75030202040908070a0d07');
INSERT INTO words_data VALUES(549755813889,X'0000006d053061776179030202010363696403020301036661720302020203726f6d0302020102676f03020201056d6f726f6e0302020108706174686574696303020202056c6561736503020201027331030204010474686973030202020372616d0302020103796f750302020409080808070a0d0a070908');
INSERT INTO words_data VALUES(687194767361,X'0000005c03306279040202010364656504020301046c61746504020201066d757365756d04020201026f6e040202020470656e7304020201057269766572040202010273310402040103746865040202030775727364617973040202040708090b07090a0708');
INSERT INTO words_data VALUES(9007611571601408,X'04000000000000010000000000000000000000000000000300000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000');
CREATE TABLE IF NOT EXISTS 'words_idx'(segid, term, pgno, PRIMARY KEY(segid, term)) WITHOUT ROWID;
INSERT INTO words_idx VALUES(1,X'',2);
INSERT INTO words_idx VALUES(2,X'',2);
INSERT INTO words_idx VALUES(3,X'',2);
INSERT INTO words_idx VALUES(4,X'',2);
INSERT INTO words_idx VALUES(5,X'',2);
CREATE TABLE IF NOT EXISTS 'words_docsize'(id INTEGER PRIMARY KEY, sz BLOB, origin INTEGER);
INSERT INTO words_docsize VALUES(1,X'0a0101',1);
INSERT INTO words_docsize VALUES(2,X'090101',2);
INSERT INTO words_docsize VALUES(3,X'0a0101',4);
INSERT INTO words_docsize VALUES(4,X'090101',5);
CREATE TABLE IF NOT EXISTS 'words_config'(k PRIMARY KEY, v) WITHOUT ROWID;
INSERT INTO words_config VALUES('version',4);
CREATE TABLE cluster_orders (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  cluster_id INTEGER NOT NULL REFERENCES clusters(id),
  choice     TEXT    NOT NULL CHECK (choice IN ('approve', 'spam', 'abuse', 'reject')),
  published  INTEGER NOT NULL,
  up_to      INTEGER NOT NULL,
  actor_id   TEXT    NOT NULL,
  actor_name TEXT    NOT NULL,
  via        TEXT    NOT NULL,
  order_key  TEXT    NOT NULL UNIQUE,
  at         INTEGER NOT NULL
) STRICT;
CREATE TABLE lesson_features (
  number   INTEGER PRIMARY KEY REFERENCES lessons(number),
  features BLOB    NOT NULL
) STRICT;
CREATE TABLE snapshots (
  site_id     INTEGER PRIMARY KEY REFERENCES sites(id),
  epoch       INTEGER NOT NULL,
  base        TEXT    NOT NULL, -- the model that it stands upon
  last_lesson INTEGER NOT NULL,
  content     BLOB    NOT NULL,
  made_at     INTEGER NOT NULL
) STRICT;
INSERT INTO snapshots VALUES(1,0,'ca6f5064',3,X'01030101026b5a272b834daf161995e2d90306b7cdd58d0106c183a3bb0106dec3f16a06d09fe716068dc4d51f06e0e2ce070683bac97f06d1fafca30206ac8cc82106f4bce85a068097d411068ec3b15006d8e2e37806ecfedc3a069dffb11c06c6fc963206bef2de43068595b22106e3bfe06506d8ea9f3806a7acd9b201068c93fa0906dde6d01c06a2f9c176068d01869abc0206c7dbcc1b0685dbc00806e7edae0a06c7af960a06b2c9b82c0685bec50b06e285a0020687a7be1a06a99bf50906999bf20d06849cf80206c3e7ff0406cc8c820906a2adb50906a5efcc01069e99ba3606d0fcc90a06ddd19b0e06a7cdba1f06e3baed1906fcbd3b06e582951206caedbc0606d682dc0f0683daeb0a06b8d2940206d2d67e069ded3a06a8b4cf0306dbb6bf0506e9fcde13069cb8880306eb84c61106e8fdf00306859bb00506c3c3a60d06d7d5a90806fccf880606eaf18a0406eacddc0a06ac9b86040681afb50b06eed8d90506939adf2a06ebc7f11c06e2c8a40106be80db5d06a9b3a60206e6a8eb1706fffcd00806f1f5fb0406d39b8f0a06c6ca7e068df6ac1506bbb2921a06bca1a3020687efee1206c6c6ce0a06a2b34906a9dba50506dfb58409069ea5bf0f0698d3e609068ab9960b06b1b8ff150697adcf1806a296cd100696e8d91406a59f970206ecfa880206ae9b9d0806c1df4a06c0e0c22306c3a2a31d069cf2a80806e6ffd60706fbfe9a0c068684a10306b1db2d0699d7f90a06a9a5a30c06d39b970306fbffcb0106b099f10406fcb2f9010685f5a72006cb8d570682d7c11006f5c31e06f9d4c90606c6a9fa0206affa9d1106b5b49b4706f29dab0406e6e4e80e06f8aa9c1506ddf77f069e92a30206d0ae8c0c068097ff0906e0fcac17069ce2d50c068683c40e06ed9bc71306d4fcba0806e5befd1c06f8f0b405069fdd2c06d2d2ad04069c9ec10206e1f99f130694b8b90206d2b7e10a06b1a4a31e069298963a06ddc8ce2506a2ce901306e0fbf80706d196b232069fb89b0e06bfacf2040682a5cc4a06c382910d06c0869e0506c7f8c12306b8d5e51306a3b98c10069bba9c05068ed50306f6dfe60306eda37306ec805d06ff8bd904068eddfc0a06e4fc9d0c0688a1801f06a2cba40906c9e0ba0f06eee19b3606c1cac608061171321c',1795707026601);
CREATE TABLE erasures (
  id       INTEGER PRIMARY KEY AUTOINCREMENT,
  site_id  INTEGER REFERENCES sites(id), -- NULL: all of them
  actor    TEXT    NOT NULL,
  at       INTEGER NOT NULL,
  removed  TEXT    NOT NULL -- JSON: rows of each kind
, mentions_left INTEGER NOT NULL DEFAULT 0, refit TEXT NOT NULL DEFAULT '[]', scrub INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE purges (
  site_id INTEGER NOT NULL REFERENCES sites(id),
  part    TEXT    NOT NULL, -- see moderation.Part
  status  TEXT    NOT NULL,
  through INTEGER NOT NULL,
  PRIMARY KEY (site_id, part, status)
) STRICT, WITHOUT ROWID;
CREATE TABLE purge_waits (
  part       TEXT    NOT NULL,
  comment_id INTEGER NOT NULL REFERENCES comments(id) ON DELETE CASCADE,
  PRIMARY KEY (part, comment_id)
) STRICT, WITHOUT ROWID;
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
CREATE INDEX messages_at ON messages(at);
CREATE UNIQUE INDEX cases_open ON cases(comment_id) WHERE state = 'open';
CREATE INDEX cases_comment ON cases(comment_id);
CREATE INDEX decisions_comment ON decisions(comment_id);
CREATE INDEX decisions_supersedes ON decisions(supersedes) WHERE supersedes IS NOT NULL;
CREATE INDEX lessons_decision ON lessons(decision_id);
CREATE INDEX lessons_revision ON lessons(comment_id, revision);
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
CREATE INDEX bands_comment ON bands(comment_id);
CREATE INDEX link_hosts_comment ON link_hosts(comment_id);
CREATE UNIQUE INDEX personas_name ON personas(site_id, name) WHERE dropped_at IS NULL;
CREATE UNIQUE INDEX marks_order ON marks(order_key) WHERE order_key IS NOT NULL;
CREATE UNIQUE INDEX modes_order ON modes(order_key) WHERE order_key IS NOT NULL;
CREATE INDEX revisions_identity ON revisions(identity, received_at, site_id, revision, comment_id) WHERE identity IS NOT NULL;
CREATE INDEX revisions_ip ON revisions(ip_hash, received_at, site_id, revision, comment_id) WHERE ip_hash IS NOT NULL;
CREATE INDEX revisions_range ON revisions(range_hash, received_at, site_id, revision, comment_id) WHERE range_hash IS NOT NULL;
CREATE INDEX revisions_post ON revisions(post_id, received_at, site_id, revision, comment_id);
CREATE INDEX verdicts_banned ON verdicts(comment_id, revision)
WHERE json_extract(reasons, '$[0].c') = 'standing' AND json_extract(reasons, '$[0].r') = 'banned';
CREATE INDEX persona_comments_comment ON persona_comments(comment_id);
CREATE UNIQUE INDEX persona_comments_in ON persona_comments(persona_id, comment_id) WHERE left_at IS NULL;
CREATE INDEX notes_comment ON notes(comment_id);
CREATE INDEX cards_waiting ON cards(chat, topic) WHERE waits = 1;
CREATE INDEX cases_waiting ON cases(urgent DESC, opened_at, id) WHERE state = 'open';
CREATE INDEX cases_waiting_of ON cases(site_id, urgent DESC, opened_at, id) WHERE state = 'open';
CREATE INDEX cases_asked ON cases(site_id, opened_at, state, closed_at) WHERE looked = 0;
CREATE INDEX comments_unasked ON comments(site_id, received_at) WHERE unasked;
CREATE INDEX comments_first ON comments(site_id, first_action, received_at, status);
CREATE INDEX comments_taken ON comments(site_id, received_at) WHERE first_action = 'approve' AND status = 'rejected';
CREATE INDEX decisions_at ON decisions(site_id, at);
CREATE INDEX decisions_cluster_order ON decisions(cluster_order) WHERE cluster_order IS NOT NULL;
CREATE INDEX comments_cluster ON comments(cluster_id, status) WHERE cluster_id IS NOT NULL;
CREATE INDEX revisions_parent ON revisions(site_id, parent_id) WHERE parent_id <> '';
CREATE INDEX purge_waits_comment ON purge_waits(comment_id);
CREATE INDEX lessons_site ON lessons(site_id);
CREATE TRIGGER snapshots_epoch AFTER UPDATE OF lessons_epoch ON sites
BEGIN
  DELETE FROM snapshots WHERE site_id = NEW.id AND epoch <> NEW.lessons_epoch;
END;
CREATE INDEX deliveries_failed ON deliveries(kind, site_id) WHERE state = 'failed';
CREATE INDEX deliveries_waiting ON deliveries(kind, site_id, created_at) WHERE state = 'pending';
CREATE INDEX deliveries_turn ON deliveries(lane, kind, next_at) WHERE state = 'pending';
CREATE INDEX revisions_email ON revisions(email_hash, received_at, site_id, revision, comment_id) WHERE email_hash IS NOT NULL;
CREATE INDEX revisions_cookie ON revisions(cookie_hash, received_at, site_id, revision, comment_id) WHERE cookie_hash IS NOT NULL;
CREATE INDEX revisions_agent ON revisions(agent_hash, received_at, site_id, revision, comment_id) WHERE agent_hash IS NOT NULL;
PRAGMA writable_schema=OFF;
COMMIT;
PRAGMA user_version=33;
