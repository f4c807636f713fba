# Debian's ruby-akismet against gatehouse: SSL_CERT_FILE=CERT ruby client.rb PORT KEY
# It speaks TLS with KEY.rest.akismet.com, so every connection leads to a port of
# this machine, where somebody has that name.
require 'socket'
require 'akismet'

PORT, KEY = ARGV
class << Socket
  alias_method :tcp_there, :tcp
  def tcp(_host, _port, *local, **options) = tcp_there('127.0.0.1', PORT.to_i, *local, **options)
end

BLOG = 'http://ruby.example.test'
ABOUT = { type: 'comment', author: "Zoë \"Zo\" O'Hara", author_email: 'zoe@example.test', post_url: 'http://ruby.example.test/p1',
          created_at: DateTime.new(2026, 1, 2, 3, 4, 5), languages: %w[en fr], env: { 'HTTP_ACCEPT' => '*/*' } }.freeze
KIND = ABOUT.merge(text: 'A kind word about the article and its sources.')
RUDE = ABOUT.merge(text: 'You are a stupid worthless moron, go kill yourself')
WHO = ['203.0.113.9', 'Mozilla/5.0'].freeze

def say(what, answer) = puts("#{what}: #{answer}")

client = Akismet::Client.new(KEY, BLOG, app_name: 'test', app_version: '1')
say 'verify', client.verify_key
say 'verify another', Akismet::Client.new('nonsense', BLOG).verify_key
say 'guaranteed spam', client.spam?(*WHO, ABOUT.merge(text: 'x', author: 'akismet-guaranteed-spam'))
say 'administrator', client.spam?(*WHO, RUDE.merge(user_role: 'administrator'))
say 'kind', client.spam?(*WHO, KIND)
say 'rude', client.spam?(*WHO, RUDE)
client.ham(*WHO, RUDE)
say 'rude, said to be ham', client.spam?(*WHO, RUDE)
client.spam(*WHO, KIND)
say 'kind, said to be spam', client.spam?(*WHO, KIND)
