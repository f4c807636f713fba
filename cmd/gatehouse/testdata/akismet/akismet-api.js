// npm's akismet-api 6 against gatehouse: node akismet-api.js HOST:PORT KEY
// The client puts the key before the host, so every name leads to this machine.
const dns = require('dns')
dns.lookup = (name, options, done) => {
  const answer = typeof options === 'function' ? options : done
  if (options && options.all) answer(null, [{ address: '127.0.0.1', family: 4 }])
  else answer(null, '127.0.0.1', 4)
}
const { AkismetClient } = require('akismet-api')

const [host, key] = process.argv.slice(2)
const blog = 'http://node.example.test'
const comment = (content, more) => ({
  ip: '203.0.113.9', useragent: 'Mozilla/5.0', name: 'Zoë "Zo" O\'Hara', email: 'zoe@example.test', type: 'comment', content,
  permalink: 'http://node.example.test/p1', date: new Date('2026-01-02T03:04:05Z'), ...more
})
const kind = comment('A kind word about the article and its sources.')
const rude = comment('You are a stupid worthless moron, go kill yourself')

const main = async () => {
  const client = new AkismetClient({ key, blog, host, protocol: 'http' })
  const say = (what, answer) => console.log(`${what}: ${answer}`)
  say('verify', await client.verifyKey())
  say('verify another', await new AkismetClient({ key: 'nonsense', blog, host, protocol: 'http' }).verifyKey())
  say('guaranteed spam', await client.checkSpam(comment('x', { name: 'akismet-guaranteed-spam' })))
  say('administrator', await client.checkSpam({ ...rude, role: 'administrator' }))
  say('kind', await client.checkSpam(kind))
  say('rude', await client.checkSpam(rude))
  await client.submitHam(rude)
  say('rude, said to be ham', await client.checkSpam(rude))
  await client.submitSpam(kind)
  say('kind, said to be spam', await client.checkSpam(kind))
}
main().catch(e => { console.error(e); process.exit(1) })
