// A comment section behind gatehouse: POST author and body to /comments, GET
// /comments, and let gatehouse call /gatehouse.
import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";

const site = process.env.GATEHOUSE_URL; // http://127.0.0.1:8080/v1/sites/blog
const key = Buffer.from(process.env.GATEHOUSE_SECRET.replace("whsec_", ""), "base64");
const comments = new Map(), seen = new Set(); // your database instead

const sign = (id, timestamp, body) =>
  "v1," + createHmac("sha256", key).update(`${id}.${timestamp}.`).update(body).digest("base64");

async function ask(c) {
  const body = JSON.stringify({ id: c.id, author: { name: c.author }, body: c.body });
  const id = "new-" + c.id, now = String(Math.floor(Date.now() / 1000));
  const headers = { "content-type": "application/json", "webhook-id": id, "webhook-timestamp": now, "webhook-signature": sign(id, now, body) };
  try {
    const r = await fetch(site + "/comments", { method: "POST", headers, body, signal: AbortSignal.timeout(10_000) });
    if (r.status >= 429) throw new Error(await r.text());
    if (!r.ok) return console.error(`comment ${c.id} is refused: ${await r.text()}`);
    const answer = await r.json();
    if (c.seq === 0) [c.status, c.revision] = [answer.status, answer.revision]; // else a decision was quicker
  } catch (e) { // it stays held, and is sent again
    console.error(`comment ${c.id}: ${e.message}`);
    setTimeout(ask, 5000, c);
  }
}

function decided(headers, body) {
  const id = headers["webhook-id"] ?? "", timestamp = headers["webhook-timestamp"] ?? "";
  const mine = Buffer.from(sign(id, timestamp, body));
  const theirs = (headers["webhook-signature"] ?? "").split(" ").map((s) => Buffer.from(s));
  const good = theirs.some((s) => s.length === mine.length && timingSafeEqual(s, mine));
  if (!good || !(Math.abs(Date.now() / 1000 - Number(timestamp)) <= 300)) return 401;
  const { type, data } = JSON.parse(body);
  const status = type?.replace("comment.", "");
  if (!["approved", "held", "rejected"].includes(status)) return 400; // a comment of ours, sent back
  const c = comments.get(data.id);
  if (c && !seen.has(id) && data.seq > c.seq && data.revision >= c.revision) [c.status, c.seq] = [status, data.seq];
  seen.add(id);
  return 204;
}

async function serve(request, response) {
  let body = Buffer.alloc(0);
  for await (const part of request) if (body.length < 1 << 18) body = Buffer.concat([body, part]);
  const reply = (value) => response.setHeader("content-type", "application/json").end(JSON.stringify(value));
  if (request.method === "GET") return reply([...comments.values()].filter((c) => c.status === "approved"));
  if (request.url === "/gatehouse") return response.writeHead(decided(request.headers, body)).end();
  const form = new URLSearchParams(body.toString());
  const c = { id: randomUUID(), author: form.get("author"), body: form.get("body"), status: "held", seq: 0, revision: 0 };
  comments.set(c.id, c);
  await ask(c);
  reply({ id: c.id, status: c.status });
}
createServer((q, r) => serve(q, r).catch(() => r.destroy())).listen(Number(process.env.PORT ?? 8090), "127.0.0.1");
