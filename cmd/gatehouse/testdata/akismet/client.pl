# Debian's libnet-akismet-perl against gatehouse:
# PERL_LWP_ENV_PROXY=1 http_proxy=http://HOST:PORT perl client.pl KEY
# It asks rest.akismet.com, for which gatehouse is the proxy.
use strict;
use warnings;
use utf8;
use Encode;
use Net::Akismet;

my ($key) = @ARGV;
my %about = (
    USER_IP => '203.0.113.9', COMMENT_USER_AGENT => 'Mozilla/5.0', COMMENT_TYPE => 'comment', PERMALINK => 'http://perl.example.test/p1',
    COMMENT_AUTHOR => Encode::encode('UTF-8', q{Zoë "Zo" O'Hara}), COMMENT_AUTHOR_EMAIL => 'zoe@example.test',
);
my %kind = (%about, COMMENT_CONTENT => 'A kind word about the article and its sources.');
my %rude = (%about, COMMENT_CONTENT => 'You are a stupid worthless moron, go kill yourself');

sub say_it { my ($what, $answer) = @_; print "$what: ", (defined $answer ? $answer : 'undef'), "\n"; }

my $client = Net::Akismet->new(KEY => $key, URL => 'http://perl.example.test/');
say_it('verify', $client ? 'true' : 'false');
say_it('verify another', Net::Akismet->new(KEY => 'nonsense', URL => 'http://perl.example.test/') ? 'true' : 'false');
say_it('guaranteed spam', $client->check(%about, COMMENT_CONTENT => 'x', COMMENT_AUTHOR => 'akismet-guaranteed-spam'));
say_it('kind', $client->check(%kind));
say_it('rude', $client->check(%rude));
$client->ham(%rude) or die 'ham';
say_it('rude, said to be ham', $client->check(%rude));
$client->spam(%kind) or die 'spam';
say_it('kind, said to be spam', $client->check(%kind));
