// npm's akismet 2 against gatehouse: http_proxy=http://HOST:PORT node akismet.js KEY
// It asks rest.akismet.com, for which gatehouse is the proxy.
const { promisify } = require('util')
const akismet = require('akismet')

const [key] = process.argv.slice(2)
const blog = 'http://node2.example.test'
const client = akismet.client({ blog, apiKey: key })
const ask = (who, method, ...args) => promisify(who[method].bind(who))(...args)
const comment = (content, more) => ({
  user_ip: '203.0.113.9', user_agent: 'Mozilla/5.0', comment_author: 'Zoë "Zo" O\'Hara', comment_author_email: 'zoe@example.test',
  comment_content: content, permalink: 'http://node2.example.test/p1', ...more
})
const kind = comment('A kind word about the article and its sources.')
const rude = comment('You are a stupid worthless moron, go kill yourself')

const main = async () => {
  const say = (what, answer) => console.log(`${what}: ${answer}`)
  say('verify', await ask(client, 'verifyKey'))
  say('verify another', await ask(akismet.client({ blog, apiKey: 'nonsense' }), 'verifyKey'))
  say('guaranteed spam', await ask(client, 'checkComment', comment('x', { comment_author: 'akismet-guaranteed-spam' })))
  say('administrator', await ask(client, 'checkComment', { ...rude, user_role: 'administrator' }))
  say('kind', await ask(client, 'checkComment', kind))
  say('rude', await ask(client, 'checkComment', rude))
  await ask(client, 'submitHam', rude)
  say('rude, said to be ham', await ask(client, 'checkComment', rude))
  await ask(client, 'submitSpam', kind)
  say('kind, said to be spam', await ask(client, 'checkComment', kind))
}
main().catch(e => { console.error(e); process.exit(1) })
