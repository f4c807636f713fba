<?php
/**
 * Plugin Name: Gatehouse
 * Description: Asks your gatehouse about each comment and publishes, holds or rejects it by the answer. What you decide in these pages goes back.
 * Version: 1.0.0
 * Requires at least: 5.6
 * Requires PHP: 7.2
 * License: GPL-2.0-or-later
 * License URI: https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain: gatehouse
 *
 * A comment is stored as held; gatehouse is asked; its answer publishes, holds or
 * rejects it. Without an answer the comment stays held, and WordPress' cron asks
 * again. What has to be told to gatehouse stands in a table of its own until it
 * has been taken.
 *
 * One file, no build step. PHP 7.2 to 8.4.
 *
 * @package Gatehouse
 */

if ( ! defined( 'ABSPATH' ) ) {
	exit;
}

/** What the settings page keeps. Constants in wp-config.php win. */
final class Gatehouse_Settings {
	const OPTION = 'gatehouse_settings';

	/** Returns a setting: url, site, secret (texts) or trust (bool). */
	public static function get( $key ) {
		$constant = 'GATEHOUSE_' . strtoupper( $key );
		if ( defined( $constant ) ) {
			return constant( $constant );
		}
		$all = get_option( self::OPTION );
		$all = is_array( $all ) ? $all : [];
		if ( 'trust' === $key ) {
			return ! isset( $all['trust'] ) || $all['trust'];
		}
		return isset( $all[ $key ] ) ? (string) $all[ $key ] : '';
	}

	/** Says whether gatehouse can be asked. Until then WordPress does as without us. */
	public static function ready() {
		return '' !== self::get( 'url' ) && '' !== self::get( 'site' ) && '' !== self::get( 'secret' );
	}

	/** Where gatehouse sends decisions. */
	public static function callback() {
		return rest_url( 'gatehouse/v1/decision' );
	}

	/** Checks what the settings page sends. An empty secret keeps the one that is stored. */
	public static function sanitize( $input ) {
		$old   = get_option( self::OPTION );
		$old   = is_array( $old ) ? $old : [];
		$input = is_array( $input ) ? $input : [];
		$new   = [
			'url'    => isset( $input['url'] ) ? untrailingslashit( esc_url_raw( trim( $input['url'] ), [ 'http', 'https' ] ) ) : '',
			'site'   => isset( $input['site'] ) ? sanitize_text_field( $input['site'] ) : '',
			'secret' => isset( $old['secret'] ) ? $old['secret'] : '',
			'trust'  => ! empty( $input['trust'] ),
		];
		$secret = isset( $input['secret'] ) ? trim( sanitize_text_field( $input['secret'] ) ) : '';
		if ( '' !== $secret && false === Gatehouse_Client::key( $secret ) ) {
			add_settings_error( self::OPTION, 'secret', __( 'That is not a whole secret: it begins with whsec_ and "gatehouse sites show" prints it. The one from before is kept.', 'gatehouse' ) );
		} elseif ( '' !== $secret ) {
			$new['secret'] = $secret;
		}
		if ( '' !== $new['site'] && ! preg_match( '/^[a-z0-9][a-z0-9_-]{0,62}$/', $new['site'] ) ) {
			add_settings_error( self::OPTION, 'site', __( 'The site name is the one in "gatehouse sites list": a to z, 0 to 9, - and _.', 'gatehouse' ) );
		}
		return $new;
	}
}

/** Speaks with gatehouse, signed by Standard Webhooks 1.0.0. */
final class Gatehouse_Client {
	const TIMEOUT   = 5;
	const TOLERANCE = 300;

	/** Returns the bytes of a secret, or false. */
	public static function key( $secret ) {
		if ( 0 !== strpos( $secret, 'whsec_' ) ) {
			return false;
		}
		$key = base64_decode( substr( $secret, 6 ), true );
		return false === $key || strlen( $key ) < 16 ? false : $key;
	}

	/** Returns the signature of a message. */
	public static function sign( $id, $time, $body ) {
		return 'v1,' . base64_encode( hash_hmac( 'sha256', "$id.$time.$body", (string) self::key( Gatehouse_Settings::get( 'secret' ) ), true ) );
	}

	/** Returns '' where a message is gatehouse's, else what is wrong with it. */
	public static function verify( $id, $time, $signatures, $body ) {
		if ( ! is_string( $id ) || '' === $id || strlen( $id ) > 256 || ! is_string( $signatures ) || ! is_string( $time ) || ! preg_match( '/^\d{1,12}$/', $time ) ) {
			return 'the headers webhook-id, webhook-timestamp and webhook-signature belong to every message';
		}
		if ( abs( time() - (int) $time ) > self::TOLERANCE ) {
			return 'webhook-timestamp is more than five minutes from the time here';
		}
		if ( false === self::key( Gatehouse_Settings::get( 'secret' ) ) ) {
			return 'no secret is set here';
		}
		$right = self::sign( $id, $time, $body );
		$found = false;
		foreach ( explode( ' ', $signatures ) as $signature ) {
			$found = hash_equals( $right, $signature ) || $found;
		}
		return $found ? '' : 'webhook-signature is not that of this body with this secret';
	}

	/**
	 * Sends a signed message. Returns code (0: nobody answered), data (the JSON, or
	 * null), error (in words) and kind: ok, away (ask again later), refused (it is
	 * this message's fault).
	 */
	public static function call( $method, $path, $data, $id, $timeout = self::TIMEOUT ) {
		$body = null === $data ? '' : wp_json_encode( $data, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES );
		$time = (string) time();
		$url  = untrailingslashit( Gatehouse_Settings::get( 'url' ) ) . '/v1/sites/' . rawurlencode( Gatehouse_Settings::get( 'site' ) ) . '/' . $path;
		$from = microtime( true );
		$got  = wp_remote_request( $url, [
			'method'      => $method,
			'timeout'     => $timeout,
			'redirection' => 0,
			'user-agent'  => 'gatehouse-wordpress/1.0',
			'headers'     => [
				'Content-Type'      => 'application/json',
				'webhook-id'        => $id,
				'webhook-timestamp' => $time,
				'webhook-signature' => self::sign( $id, $time, $body ),
			],
			'body'        => $body,
		] );
		if ( is_wp_error( $got ) ) {
			return [ 'code' => 0, 'data' => null, 'kind' => 'away', 'error' => $got->get_error_message(), 'slow' => microtime( true ) - $from > 2 ];
		}
		$code  = (int) wp_remote_retrieve_response_code( $got );
		$data  = json_decode( wp_remote_retrieve_body( $got ), true );
		$data  = is_array( $data ) ? $data : null;
		$kind  = in_array( $code, [ 400, 404, 409, 413, 415 ], true ) ? 'refused' : 'away';
		$error = isset( $data['error']['message'] ) && is_string( $data['error']['message'] ) ? $data['error']['message'] : '';
		if ( 200 === $code && null !== $data ) {
			$kind = 'ok';
		} elseif ( '' === $error ) {
			$kind  = 'away';
			$error = 200 === $code ? 'the answer is not one of gatehouse' : "the answer was $code";
		}
		return [ 'code' => $code, 'data' => $data, 'kind' => $kind, 'error' => $error, 'slow' => false ];
	}

	/** Tries address, site and secret; returns whether all is well, and what to do in plain words. */
	public static function test() {
		if ( ! Gatehouse_Settings::ready() ) {
			return [ false, __( 'Fill in the address, the site name and the secret, and save them first.', 'gatehouse' ) ];
		}
		Gatehouse_Queue::ensure();
		if ( get_option( 'gatehouse_db' ) !== Gatehouse_Queue::VERSION ) {
			/* translators: %s: table */
			return [ false, sprintf( __( 'The table %s could not be made: the database user of WordPress needs the right to create tables.', 'gatehouse' ), Gatehouse_Queue::table() ) ];
		}
		$got     = self::call( 'POST', 'history', [ 'comments' => [] ], self::fresh( 'test' ) );
		$address = Gatehouse_Settings::get( 'url' );
		$error   = $got['error'];
		if ( 'ok' === $got['kind'] && isset( $got['data']['added'] ) ) {
			$callback = isset( $got['data']['callback'] ) && is_string( $got['data']['callback'] ) ? $got['data']['callback'] : '';
			return self::leads_here( $callback ) ? self::test_way_back() : [ false, self::mislead( $callback ) ];
		}
		if ( 0 === $got['code'] ) {
			/* translators: 1: address, 2: error */
			return [ false, sprintf( __( 'Nobody answers at %1$s: %2$s. Does "gatehouse serve" run there, and may this server call it?', 'gatehouse' ), $address, $error ) ];
		}
		if ( 401 === $got['code'] && false !== strpos( $error, 'from our time' ) ) {
			/* translators: %s: error */
			return [ false, sprintf( __( 'The clocks differ: %s. Set the clock of this server, or that of gatehouse.', 'gatehouse' ), $error ) ];
		}
		if ( 401 === $got['code'] && '' !== $error ) {
			return [ false, __( 'Gatehouse answers, but the secret is another one. Copy the whole line "secret" that "gatehouse sites show" prints.', 'gatehouse' ) ];
		}
		if ( 404 === $got['code'] && 'refused' === $got['kind'] ) {
			/* translators: %s: site name */
			return [ false, sprintf( __( 'Gatehouse answers, but has no site called "%s". "gatehouse sites list" prints those it has.', 'gatehouse' ), Gatehouse_Settings::get( 'site' ) ) ];
		}
		if ( $got['code'] >= 300 && $got['code'] < 400 ) {
			/* translators: %s: address */
			return [ false, sprintf( __( '%s leads elsewhere. Write the address where it leads to, with https:// if it has that.', 'gatehouse' ), $address ) ];
		}
		/* translators: 1: address, 2: status, 3: error */
		return [ false, sprintf( __( 'Something answers at %1$s, but not as gatehouse does (%2$d: %3$s). Is the address right?', 'gatehouse' ), $address, $got['code'], $error ) ];
	}

	/** Says whether a callback is our address for decisions, in either of WordPress' forms. */
	private static function leads_here( $callback ) {
		return in_array( $callback, [ Gatehouse_Settings::callback(), home_url( '/?rest_route=/gatehouse/v1/decision' ) ], true );
	}

	/** Returns what to do about a callback that does not lead here. */
	private static function mislead( $callback ) {
		$well    = __( 'Gatehouse knows this site and its secret.', 'gatehouse' );
		$command = 'gatehouse sites set ' . Gatehouse_Settings::get( 'site' ) . ' callback ' . Gatehouse_Settings::callback();
		if ( '' === $callback ) {
			/* translators: %s: command */
			return $well . ' ' . sprintf( __( 'But it has no callback: what your moderators decide does not come back here. Tell it: %s', 'gatehouse' ), $command );
		}
		/* translators: 1: address, 2: command */
		return $well . ' ' . sprintf( __( 'But it sends decisions to %1$s, which is not the address of this blog. Unless that leads here by another way: %2$s', 'gatehouse' ), $callback, $command );
	}

	/** Tries the way by which decisions come, as far as that can be tried from here. */
	private static function test_way_back() {
		$body = '{"type":"gatehouse.test"}';
		$id   = self::fresh( 'test' );
		$time = (string) time();
		$got  = wp_remote_post( Gatehouse_Settings::callback(), [
			'timeout'   => self::TIMEOUT,
			'sslverify' => false, // the blog calls itself
			'headers'   => [
				'Content-Type'      => 'application/json',
				'webhook-id'        => $id,
				'webhook-timestamp' => $time,
				'webhook-signature' => self::sign( $id, $time, $body ),
			],
			'body'      => $body,
		] );
		$well = __( 'All is well: gatehouse knows this site and its secret.', 'gatehouse' );
		$code = is_wp_error( $got ) ? 0 : (int) wp_remote_retrieve_response_code( $got );
		if ( 200 === $code ) {
			/* translators: %s: address */
			return [ true, $well . ' ' . sprintf( __( 'Decisions come to %s.', 'gatehouse' ), Gatehouse_Settings::callback() ) ];
		}
		$why = is_wp_error( $got ) ? $got->get_error_message() : "the answer was $code";
		/* translators: 1: address, 2: error */
		return [ 0 === $code, $well . ' ' . sprintf( __( 'But this blog could not call its own address for decisions, %1$s (%2$s). If another plugin locks the REST API, let gatehouse/v1/decision through.', 'gatehouse' ), Gatehouse_Settings::callback(), $why ) ];
	}

	/** Returns a message id that was not used before. */
	public static function fresh( $kind ) {
		return "wp_{$kind}_" . bin2hex( random_bytes( 12 ) );
	}
}

/** What has yet to be told to gatehouse: at most one row of a kind for each comment. */
final class Gatehouse_Queue {
	const VERSION = '1';
	const ASK     = 'ask';      // what is to become of this comment?
	const DECIDE  = 'decide';   // somebody decided here
	const REMOVE  = 'withdraw'; // the comment is gone

	/** Returns the table's name. */
	public static function table() {
		global $wpdb;
		return $wpdb->prefix . 'gatehouse_queue';
	}

	/** Makes the table, where it is not there yet. */
	public static function ensure() {
		global $wpdb;
		if ( get_option( 'gatehouse_db' ) === self::VERSION ) {
			return;
		}
		$made = $wpdb->query( 'CREATE TABLE IF NOT EXISTS ' . self::table() . " (
			id bigint(20) unsigned NOT NULL AUTO_INCREMENT,
			comment_id bigint(20) unsigned NOT NULL,
			kind varchar(16) NOT NULL,
			stamp varchar(64) NOT NULL DEFAULT '',
			payload text NOT NULL,
			tries int unsigned NOT NULL DEFAULT 0,
			next_at bigint(20) unsigned NOT NULL DEFAULT 0,
			error varchar(250) NOT NULL DEFAULT '',
			PRIMARY KEY  (id),
			UNIQUE KEY comment_kind (comment_id, kind),
			KEY next_at (next_at)
		) " . $wpdb->get_charset_collate() );
		if ( false !== $made ) {
			update_option( 'gatehouse_db', self::VERSION );
		}
	}

	/** Puts a message in, in place of an older one of its kind. */
	public static function put( $comment_id, $kind, $stamp, $payload, $next_at ) {
		global $wpdb;
		self::ensure();
		$wpdb->query( $wpdb->prepare(
			'REPLACE INTO ' . self::table() . ' (comment_id, kind, stamp, payload, next_at) VALUES (%d, %s, %s, %s, %d)', // phpcs:ignore
			$comment_id, $kind, $stamp, wp_json_encode( $payload ), $next_at
		) );
	}

	/** Returns the row of a kind for a comment, or null. */
	public static function find( $comment_id, $kind ) {
		global $wpdb;
		self::ensure();
		return $wpdb->get_row( $wpdb->prepare( 'SELECT * FROM ' . self::table() . ' WHERE comment_id = %d AND kind = %s', $comment_id, $kind ) ); // phpcs:ignore
	}

	/** Takes a row out, unless another message has taken its place. */
	public static function drop( $row ) {
		global $wpdb;
		$wpdb->query( $wpdb->prepare( 'DELETE FROM ' . self::table() . ' WHERE comment_id = %d AND kind = %s AND stamp = %s', $row->comment_id, $row->kind, $row->stamp ) ); // phpcs:ignore
	}

	/** Counts what waits. */
	public static function waiting( $kind = self::ASK ) {
		global $wpdb;
		self::ensure();
		return (int) $wpdb->get_var( $wpdb->prepare( 'SELECT COUNT(*) FROM ' . self::table() . ' WHERE kind = %s', $kind ) ); // phpcs:ignore
	}

	/** Makes due whatever waits for gatehouse to be back. */
	private static function hasten() {
		global $wpdb;
		if ( false === get_option( 'gatehouse_fault' ) ) {
			return;
		}
		delete_option( 'gatehouse_fault' );
		$wpdb->query( $wpdb->prepare( 'UPDATE ' . self::table() . ' SET next_at = %d WHERE tries > 0 AND tries < 100 AND next_at > %d', time(), time() ) ); // phpcs:ignore
		Gatehouse::soon();
	}

	/** Sends what is due, oldest first, until there is none or the time is up. */
	public static function run( $seconds ) {
		global $wpdb;
		self::ensure();
		$end = microtime( true ) + $seconds;
		while ( microtime( true ) < $end ) {
			$rows = $wpdb->get_results( $wpdb->prepare( 'SELECT * FROM ' . self::table() . ' WHERE next_at <= %d ORDER BY id LIMIT 50', time() ) ); // phpcs:ignore
			if ( ! $rows ) {
				return;
			}
			foreach ( $rows as $row ) {
				if ( microtime( true ) >= $end || 'away' === self::send( $row ) ) {
					return; // the next ones would fare no better
				}
			}
		}
	}

	/** Sends what this request has put in, as far as that goes quickly; cron does the rest. */
	public static function flush( $ids, $seconds ) {
		$end = microtime( true ) + $seconds;
		foreach ( $ids as $id ) {
			foreach ( [ self::ASK, self::DECIDE, self::REMOVE ] as $kind ) {
				if ( microtime( true ) >= $end || get_transient( 'gatehouse_slow' ) ) {
					return;
				}
				$row = self::find( $id, $kind );
				if ( $row && '0' === (string) $row->tries && 'away' === self::send( $row ) ) {
					return;
				}
			}
		}
	}

	/** Sends one row, if nobody else is at it. Returns ok, away, refused or later. */
	public static function send( $row ) {
		global $wpdb;
		$claimed = $wpdb->query( $wpdb->prepare(
			'UPDATE ' . self::table() . ' SET tries = tries + 1, next_at = %d WHERE id = %d AND tries = %d AND stamp = %s', // phpcs:ignore
			time() + 60, $row->id, $row->tries, $row->stamp
		) );
		if ( 1 !== $claimed ) {
			return 'ok';
		}
		$row->tries++;
		switch ( $row->kind ) {
			case self::ASK:
				$got = Gatehouse_Comments::ask( $row );
				break;
			case self::DECIDE:
				$got = Gatehouse_Decisions::tell( $row );
				break;
			default:
				$got = Gatehouse_Decisions::withdraw( $row );
		}
		if ( 'ok' === $got['kind'] ) {
			self::drop( $row );
			self::hasten();
			return 'ok';
		}
		self::put_off( $row, $got );
		return $got['kind'];
	}

	/** Notes a failure and when to try again. */
	private static function put_off( $row, $got ) {
		global $wpdb;
		$pause = min( 60 * pow( 2, min( (int) $row->tries, 10 ) ), HOUR_IN_SECONDS );
		if ( 'refused' === $got['kind'] ) { // another try would be refused too; a person has it in the list of held comments
			$pause = DAY_IN_SECONDS;
		} elseif ( 'later' !== $got['kind'] ) {
			update_option( 'gatehouse_fault', [ 'at' => time(), 'error' => $got['error'] ], false );
		}
		if ( ! empty( $got['slow'] ) ) {
			set_transient( 'gatehouse_slow', 1, 30 );
		}
		$pause = (int) apply_filters( 'gatehouse_pause', $pause, (int) $row->tries );
		$wpdb->query( $wpdb->prepare(
			'UPDATE ' . self::table() . ' SET next_at = %d, error = %s WHERE id = %d AND stamp = %s', // phpcs:ignore
			time() + $pause, mb_substr( $got['error'], 0, 240 ), $row->id, $row->stamp
		) );
		if ( self::ASK === $row->kind && ( 'refused' === $got['kind'] || 6 === (int) $row->tries ) ) {
			Gatehouse_Comments::mail_moderator( $row->comment_id ); // it may take long: tell a person, as WordPress would have
		}
	}

	/** Puts in those held comments that nobody has asked about: a crash, or another plugin, left them so. */
	public static function find_lost() {
		global $wpdb;
		self::ensure();
		$types = Gatehouse_Comments::types();
		$marks = implode( ', ', array_fill( 0, count( $types ), '%s' ) );
		$ids   = $wpdb->get_col( $wpdb->prepare(
			"SELECT c.comment_ID FROM $wpdb->comments c
			LEFT JOIN $wpdb->commentmeta m ON m.comment_id = c.comment_ID AND m.meta_key IN ('_gatehouse_answer', '_gatehouse_decision')
			LEFT JOIN " . self::table() . " q ON q.comment_id = c.comment_ID
			WHERE c.comment_approved = '0' AND c.comment_ID > %d AND m.meta_id IS NULL AND q.id IS NULL AND c.comment_content <> ''
			  AND c.comment_type IN ($marks)
			ORDER BY c.comment_ID LIMIT 500", // phpcs:ignore
			array_merge( [ (int) get_option( 'gatehouse_since', PHP_INT_MAX ) ], $types )
		) );
		foreach ( $ids as $id ) {
			self::put( $id, self::ASK, 'lost', [], time() + 60 ); // whoever has just stored it may be about to ask
		}
	}
}

/** Comments on their way to gatehouse, and what becomes of them. */
final class Gatehouse_Comments {
	/** Above 0 while we change a comment ourselves. */
	public static $applying = 0;

	/** Ids of comments to be told of at the end of this request. */
	public static $touched = [];

	/** Ids of new comments without an answer so far. */
	private static $unanswered = [];

	/** What is being done to comments that are being edited, by id. */
	private static $edits = [];

	/** Which types of comment gatehouse is asked about. Order notes and their like are none. */
	public static function types() {
		return (array) apply_filters( 'gatehouse_comment_types', [ '', 'comment', 'pingback', 'trackback', 'review' ] );
	}

	/** Says whether a comment is one that gatehouse is asked about. */
	public static function concerns( $comment ) {
		return Gatehouse_Settings::ready() && in_array( (string) $comment->comment_type, self::types(), true );
	}

	/** Filter pre_comment_approved: what nobody has called spam is held until gatehouse answers. One without words, a mere rating, is WordPress' affair. */
	public static function hold( $approved, $data ) {
		if ( is_wp_error( $approved ) || ! in_array( (string) $approved, [ '0', '1' ], true ) || ! Gatehouse_Settings::ready() || defined( 'WP_IMPORTING' ) ) {
			return $approved;
		}
		if ( ! isset( $data['comment_content'] ) || '' === trim( $data['comment_content'] ) ) {
			return $approved;
		}
		$type = isset( $data['comment_type'] ) ? (string) $data['comment_type'] : '';
		$user = isset( $data['user_id'] ) ? (int) $data['user_id'] : ( isset( $data['user_ID'] ) ? (int) $data['user_ID'] : 0 );
		if ( ! in_array( $type, self::types(), true ) || ( $user && Gatehouse_Settings::get( 'trust' ) && user_can( $user, 'moderate_comments' ) ) ) {
			return $approved;
		}
		return 0;
	}

	/** Action wp_insert_comment: a held comment has to be asked about, whatever happens next. */
	public static function inserted( $id, $comment ) {
		if ( defined( 'WP_IMPORTING' ) || ! self::concerns( $comment ) || '0' !== (string) $comment->comment_approved || '' === trim( $comment->comment_content ) ) {
			return;
		}
		Gatehouse_Queue::put( $id, Gatehouse_Queue::ASK, self::time_of( $comment->comment_date_gmt ), self::fields(), time() + 60 );
		self::$unanswered[ $id ] = true;
	}

	/** Returns what our part of the form tells of how the comment was written. */
	private static function fields() {
		// The form has no nonce of ours: anonymous writers have none, and nothing is changed by these.
		$honeypot = isset( $_POST['gatehouse_website'] ) && is_string( $_POST['gatehouse_website'] ) ? sanitize_text_field( wp_unslash( $_POST['gatehouse_website'] ) ) : ''; // phpcs:ignore
		$elapsed  = isset( $_POST['gatehouse_ms'] ) && is_numeric( $_POST['gatehouse_ms'] ) ? (float) $_POST['gatehouse_ms'] : 0; // phpcs:ignore
		return [ 'honeypot' => mb_substr( $honeypot, 0, 200 ), 'elapsed_ms' => max( 0, min( $elapsed, 1e9 ) ) ];
	}

	/** Action comment_form: a field that people do not see, and the time it took to write. */
	public static function form() {
		if ( ! Gatehouse_Settings::ready() ) {
			return;
		}
		echo '<p style="display:none !important" aria-hidden="true"><label>' . esc_html__( 'Leave this empty', 'gatehouse' ) .
			' <input type="text" name="gatehouse_website" value="" tabindex="-1" autocomplete="off"></label><input type="hidden" name="gatehouse_ms" value=""></p>' .
			'<script>(function(f,t){f&&f.form.addEventListener("submit",function(){f.value=Date.now()-t})})(document.querySelector("input[name=gatehouse_ms]"),Date.now())</script>';
	}

	/** Action comment_post, before the mails go out: ask at once. */
	public static function posted( $id ) {
		if ( ! isset( self::$unanswered[ $id ] ) || get_transient( 'gatehouse_slow' ) ) {
			return;
		}
		$row = Gatehouse_Queue::find( $id, Gatehouse_Queue::ASK );
		if ( $row ) {
			add_filter( 'notify_post_author', '__return_false', 99 ); // WordPress tells the author a moment later, by the state that holds then
			Gatehouse_Queue::send( $row );
			remove_filter( 'notify_post_author', '__return_false', 99 );
		}
	}

	/** Action rest_insert_comment: as comment_post, which the REST API does not know. */
	public static function posted_by_rest( $comment, $request, $creating ) {
		if ( $creating ) {
			self::posted( $comment->comment_ID );
		}
	}

	/** Filter notify_moderator: no mail for what gatehouse has yet to answer. */
	public static function notify_moderator( $notify, $id ) {
		return isset( self::$unanswered[ $id ] ) ? false : $notify;
	}

	/** Sends WordPress' own mail about a held comment, if it is set to. */
	public static function mail_moderator( $id ) {
		unset( self::$unanswered[ $id ] );
		if ( '0' === self::state( $id ) ) {
			wp_new_comment_notify_moderator( $id );
		}
	}

	/**
	 * Filter wp_update_comment_data: an edit of what is published waits for the answer,
	 * unless a moderator made it.
	 */
	public static function editing( $data, $old ) {
		if ( is_wp_error( $data ) || self::$applying || empty( $data['comment_ID'] ) ) {
			return $data;
		}
		$comment = get_comment( $data['comment_ID'] );
		if ( ! $comment || ! self::concerns( $comment ) || $comment->comment_content === $data['comment_content'] || '' === trim( $data['comment_content'] ) ) {
			return $data;
		}
		$state = self::state( $comment->comment_ID );
		if ( Gatehouse_Decisions::by_person( $comment->comment_ID ) ) {
			if ( get_comment_meta( $comment->comment_ID, '_gatehouse_answer', true ) || Gatehouse_Queue::find( $comment->comment_ID, Gatehouse_Queue::ASK ) ) {
				self::$edits[ $comment->comment_ID ] = [ 'keep' => true, 'mailed' => true ];
			}
		} elseif ( in_array( $state, [ '0', '1' ], true ) ) {
			$data['comment_approved']            = '0';
			self::$edits[ $comment->comment_ID ] = [ 'keep' => false, 'mailed' => true ];
		}
		return $data;
	}

	/** Action edit_comment: the edit is stored, and gatehouse has to hear of it. */
	public static function edited( $id ) {
		if ( ! isset( self::$edits[ $id ] ) ) {
			return;
		}
		$payload = self::$edits[ $id ];
		unset( self::$edits[ $id ] );
		$now  = gmdate( 'Y-m-d\TH:i:s', time() ) . sprintf( '.%03dZ', (int) ( 1000 * fmod( microtime( true ), 1 ) ) );
		$last = (string) get_comment_meta( $id, '_gatehouse_updated', true );
		if ( '' !== $last && strcmp( $now, $last ) <= 0 ) { // the clock was set back: later all the same
			$now = gmdate( 'Y-m-d\TH:i:s', strtotime( $last ) + 1 ) . '.000Z';
		}
		update_comment_meta( $id, '_gatehouse_updated', $now );
		Gatehouse_Queue::put( $id, Gatehouse_Queue::ASK, $now, $payload, time() + 60 );
		self::$touched[ $id ] = $id;
	}

	/** Returns a comment's state as the database has it at this moment: 1, 0, spam, trash, post-trashed or null. */
	public static function state( $id ) {
		global $wpdb;
		return $wpdb->get_var( $wpdb->prepare( "SELECT comment_approved FROM $wpdb->comments WHERE comment_ID = %d", $id ) );
	}

	/** Asks about the comment of a row, and does as the answer says. */
	public static function ask( $row ) {
		clean_comment_cache( $row->comment_id );
		$comment = get_comment( $row->comment_id );
		$fields  = json_decode( $row->payload, true );
		$fields  = is_array( $fields ) ? $fields : [];
		$keep    = ! empty( $fields['keep'] );
		$decided = Gatehouse_Queue::find( $row->comment_id, Gatehouse_Queue::DECIDE ); // it is told next, of a comment that has to be known
		if ( ! $comment || ( ! $keep && ! $decided && '0' !== (string) $comment->comment_approved ) ) {
			return [ 'kind' => 'ok' ]; // something else has decided meanwhile
		}
		$data = self::describe( $comment );
		if ( isset( $fields['honeypot'], $fields['elapsed_ms'] ) ) {
			$data['fields'] = [ 'honeypot' => (string) $fields['honeypot'], 'elapsed_ms' => (float) $fields['elapsed_ms'] ];
		}
		$id  = "wp_{$comment->comment_ID}_" . substr( hash( 'sha256', home_url() . '|' . $comment->comment_date_gmt . '|' . $data['updated_at'] . '|' . $comment->comment_content ), 0, 32 );
		$got = Gatehouse_Client::call( 'POST', 'comments', $data, $id );
		if ( 'ok' !== $got['kind'] ) {
			return $got;
		}
		$status = isset( $got['data']['status'] ) ? $got['data']['status'] : '';
		if ( ! in_array( $status, [ 'approved', 'held', 'rejected', 'withdrawn' ], true ) ) {
			return [ 'kind' => 'away', 'error' => 'the answer has no status that is known here', 'slow' => false ];
		}
		self::answered( $comment, $row, $got['data'], $keep, ! empty( $fields['mailed'] ) );
		return $got;
	}

	/** Does as an answer says, unless somebody has changed the comment while gatehouse thought. */
	private static function answered( $comment, $row, $answer, $keep, $mailed ) {
		$id     = (int) $comment->comment_ID;
		$status = $answer['status'];
		$now    = Gatehouse_Queue::find( $id, Gatehouse_Queue::ASK );
		$state  = self::state( $id );
		if ( null === $state || ! $now || $now->stamp !== $row->stamp ) {
			return; // it is gone, or has been edited again: that one is asked about next
		}
		$overruled = Gatehouse_Decisions::over( $row ); // what a moderator has decided here since is told next
		$late      = ! isset( self::$unanswered[ $id ] );
		if ( ! $keep && ! $overruled && '0' === $state ) {
			if ( $mailed ) {
				add_filter( 'notify_post_author', '__return_false', 99 );
			}
			self::apply( $id, $status, self::category( $answer ) );
			if ( $mailed ) {
				remove_filter( 'notify_post_author', '__return_false', 99 );
			}
		}
		update_comment_meta( $id, '_gatehouse_answer', wp_slash( wp_json_encode( self::keepable( $answer ) ) ) );
		if ( 'held' === $status && $late && ! $mailed && ! $keep && ! $overruled ) {
			self::mail_moderator( $id );
		}
		unset( self::$unanswered[ $id ] );
		if ( $keep && ! $overruled && Gatehouse_Decisions::of_state( $state ) && Gatehouse_Decisions::status_of( $state ) !== $status ) {
			Gatehouse_Decisions::queue( $id, Gatehouse_Decisions::of_state( $state ) ); // a moderator's edit stands as it is
		}
	}

	/** Returns of an answer what is shown beside the comment. */
	private static function keepable( $answer ) {
		$kept = [ 'reasons' => [] ];
		foreach ( [ 'comment_id', 'revision', 'action', 'status', 'scores' ] as $key ) {
			$kept[ $key ] = isset( $answer[ $key ] ) ? $answer[ $key ] : null;
		}
		$reasons = isset( $answer['reasons'] ) && is_array( $answer['reasons'] ) ? array_slice( $answer['reasons'], 0, 5 ) : [];
		foreach ( $reasons as $reason ) {
			$line = [];
			foreach ( [ 'check', 'rule', 'label', 'detail' ] as $key ) {
				$line[ $key ] = isset( $reason[ $key ] ) && is_string( $reason[ $key ] ) ? mb_substr( $reason[ $key ], 0, 400 ) : '';
			}
			$kept['reasons'][] = $line;
		}
		return $kept;
	}

	/** Returns what a rejecting answer takes a comment for. */
	private static function category( $answer ) {
		$reason = isset( $answer['reasons'][0]['label'] ) ? $answer['reasons'][0]['label'] : '';
		return is_string( $reason ) ? $reason : '';
	}

	/** Gives a comment the state that gatehouse says. */
	public static function apply( $id, $status, $category ) {
		$targets = [ 'approved' => '1', 'held' => '0', 'rejected' => 'spam' === $category || ! EMPTY_TRASH_DAYS ? 'spam' : 'trash' ];
		$state   = self::state( $id );
		if ( ! isset( $targets[ $status ] ) || null === $state || $state === $targets[ $status ] ) {
			return;
		}
		$target = $targets[ $status ];
		if ( 'post-trashed' === $state ) {
			self::apply_in_trashed_post( $id, $target );
			return;
		}
		self::$applying++;
		try {
			if ( 'spam' === $target ) {
				wp_spam_comment( $id );
			} elseif ( 'trash' === $target ) {
				wp_trash_comment( $id ); // not deleted for good: EMPTY_TRASH_DAYS is not 0
			} else {
				delete_comment_meta( $id, '_wp_trash_meta_status' );
				delete_comment_meta( $id, '_wp_trash_meta_time' );
				wp_set_comment_status( $id, '1' === $target ? 'approve' : 'hold' );
			}
		} finally {
			self::$applying--;
		}
	}

	/** Notes the state that a comment is to have once its post is taken out of the trash. */
	private static function apply_in_trashed_post( $id, $target ) {
		$comment = get_comment( $id );
		$states  = $comment ? get_post_meta( $comment->comment_post_ID, '_wp_trash_meta_comments_status', true ) : null;
		if ( is_array( $states ) ) {
			$states[ $id ] = $target;
			update_post_meta( $comment->comment_post_ID, '_wp_trash_meta_comments_status', $states );
		}
	}

	/** Returns a comment as gatehouse reads it. */
	public static function describe( $comment ) {
		$post   = get_post( $comment->comment_post_ID );
		$parent = $comment->comment_parent ? get_comment( $comment->comment_parent ) : null;
		$user   = $comment->user_id ? get_userdata( $comment->user_id ) : null;
		$edited = (string) get_comment_meta( $comment->comment_ID, '_gatehouse_updated', true );
		$data   = [
			'id'         => (string) $comment->comment_ID,
			'updated_at' => '' !== $edited ? $edited : self::time_of( $comment->comment_date_gmt ),
			'post'       => [
				'id'    => (string) $comment->comment_post_ID,
				'url'   => $post ? (string) get_permalink( $post ) : '',
				'title' => $post ? self::text( get_the_title( $post ) ) : '',
			],
			'author'     => [
				'id'         => $comment->user_id ? (string) $comment->user_id : '',
				'name'       => self::text( $comment->comment_author ),
				'email'      => (string) $comment->comment_author_email,
				'url'        => (string) $comment->comment_author_url,
				'ip'         => (string) $comment->comment_author_IP,
				'user_agent' => (string) $comment->comment_agent,
				'role'       => $user && $user->roles ? (string) reset( $user->roles ) : '',
			],
			'body'       => self::html( $comment->comment_content ),
			'format'     => 'html',
			'created_at' => self::time_of( $comment->comment_date_gmt ),
		];
		if ( $parent ) {
			$data['parent_id'] = (string) $parent->comment_ID;
			$data['parent']    = [ 'author' => self::text( $parent->comment_author ), 'body' => self::html( mb_substr( $parent->comment_content, 0, 4000 ) ) ];
		}
		return $data;
	}

	/** Returns a stored comment as HTML in which lines end where they do on the page. */
	private static function html( $content ) {
		return str_replace( "\n", "<br>\n", str_replace( [ "\r\n", "\r" ], "\n", wp_check_invalid_utf8( $content, true ) ) );
	}

	/** Returns what stands in a stored title or name, without markup. */
	private static function text( $html ) {
		return html_entity_decode( wp_strip_all_tags( wp_check_invalid_utf8( $html, true ) ), ENT_QUOTES, 'UTF-8' );
	}

	/** Returns a time of the database in the form of RFC 3339, '' where there is none. */
	public static function time_of( $gmt ) {
		return preg_match( '/^([1-9]\d{3}-\d\d-\d\d) (\d\d:\d\d:\d\d)$/', (string) $gmt, $m ) ? "{$m[1]}T{$m[2]}Z" : '';
	}
}

/** Decisions, in both directions. */
final class Gatehouse_Decisions {
	/** Ids of comments that are being deleted. */
	private static $doomed = [];

	/** Says whether a person who may moderate this comment is at work. */
	public static function by_person( $id ) {
		return ( defined( 'WP_CLI' ) && WP_CLI ) || ( is_user_logged_in() && ( current_user_can( 'moderate_comments' ) || current_user_can( 'edit_comment', $id ) ) );
	}

	/** Returns the decision that a state in the database stands for, '' for none. */
	public static function of_state( $state ) {
		$decisions = [ '1' => 'approve', '0' => 'hold', 'spam' => 'spam', 'trash' => 'reject' ];
		return isset( $decisions[ $state ] ) ? $decisions[ $state ] : '';
	}

	/** Returns gatehouse's word for a state in the database. */
	public static function status_of( $state ) {
		$words = [ '1' => 'approved', '0' => 'held', 'spam' => 'rejected', 'trash' => 'rejected' ];
		return isset( $words[ $state ] ) ? $words[ $state ] : '';
	}

	/** Action transition_comment_status: what a moderator decides here goes back. */
	public static function transition( $new, $old, $comment ) {
		$decisions = [ 'approved' => 'approve', 'unapproved' => 'hold', 'spam' => 'spam', 'trash' => 'reject' ];
		if ( Gatehouse_Comments::$applying || $new === $old || ! isset( $decisions[ $new ] ) || ! Gatehouse_Comments::concerns( $comment ) || ! self::by_person( $comment->comment_ID ) ) {
			return;
		}
		self::queue( (int) $comment->comment_ID, $decisions[ $new ] );
	}

	/** Puts a decision in the queue; the newest one counts. */
	public static function queue( $id, $decision ) {
		$user  = wp_get_current_user();
		$by    = $user && $user->exists() ? $user->display_name : '';
		$stamp = Gatehouse_Client::fresh( 'decision' );
		Gatehouse_Queue::put( $id, Gatehouse_Queue::DECIDE, $stamp, [ 'decision' => $decision, 'by' => $by, 'at' => gmdate( 'Y-m-d\TH:i:s\Z' ) ], time() + 5 );
		$ask = Gatehouse_Queue::find( $id, Gatehouse_Queue::ASK );
		self::note( $id, [ 'decision' => $decision, 'by' => $by, 'here' => true, 'over' => $ask ? $ask->stamp : '' ] );
		Gatehouse_Comments::$touched[ $id ] = $id;
	}

	/** Keeps the newest decision beside the comment, to be shown; seq stays that of gatehouse. */
	private static function note( $id, $decision ) {
		$old = self::noted( $id );
		if ( ! isset( $decision['seq'] ) && isset( $old['seq'] ) ) {
			$decision['seq'] = $old['seq'];
		}
		update_comment_meta( $id, '_gatehouse_decision', wp_slash( wp_json_encode( $decision ) ) );
	}

	/** Returns what note kept. */
	public static function noted( $id ) {
		$kept = json_decode( (string) get_comment_meta( $id, '_gatehouse_decision', true ), true );
		return is_array( $kept ) ? $kept : [];
	}

	/** Says whether somebody has decided here while the question of a row waited. */
	public static function over( $row ) {
		$last = self::noted( $row->comment_id );
		return ! empty( $last['here'] ) && isset( $last['over'] ) && $last['over'] === $row->stamp;
	}

	/** Tells gatehouse what a row says was decided here, after the words that it was decided on. */
	public static function tell( $row ) {
		$ask = Gatehouse_Queue::find( $row->comment_id, Gatehouse_Queue::ASK );
		if ( $ask && (int) $ask->id < (int) $row->id ) {
			$sent = Gatehouse_Queue::send( $ask );
			$ask  = Gatehouse_Queue::find( $row->comment_id, Gatehouse_Queue::ASK );
			if ( $ask && 'refused' !== $sent ) {
				return [ 'kind' => 'away' === $sent ? 'away' : 'later', 'error' => '' === $ask->error ? 'the comment is being asked about' : $ask->error ];
			}
		}
		$said = json_decode( $row->payload, true );
		$said = is_array( $said ) ? $said : [];
		$data = [ 'id' => (string) $row->comment_id, 'decision' => isset( $said['decision'] ) ? $said['decision'] : '', 'decided_by' => isset( $said['by'] ) ? $said['by'] : '' ];
		$got  = Gatehouse_Client::call( 'POST', 'decisions', $data, $row->stamp );
		if ( 404 !== $got['code'] && 409 !== $got['code'] || 'refused' !== $got['kind'] ) {
			return $got;
		}
		if ( $ask ) {
			return $got; // it is not known yet, for the question waits
		}
		// Gatehouse does not know the comment: it learns of it with its decision.
		$comment = get_comment( $row->comment_id );
		if ( 409 === $got['code'] || ! $comment || 'hold' === $data['decision'] || '' === trim( $comment->comment_content ) ) {
			return self::probe( $got );
		}
		$past = array_merge( Gatehouse_Comments::describe( $comment ), [ 'decision' => $data['decision'], 'decided_by' => $data['decided_by'], 'decided_at' => isset( $said['at'] ) ? $said['at'] : '' ] );
		$got  = Gatehouse_Client::call( 'POST', 'history', [ 'comments' => [ $past ] ], $row->stamp . '_h' );
		if ( 'refused' === $got['kind'] && 404 === $got['code'] ) {
			$got['kind'] = 'away'; // the site itself is unknown
		}
		return $got;
	}

	/** Tells gatehouse that a comment is gone for good. */
	public static function withdraw( $row ) {
		$got = Gatehouse_Client::call( 'DELETE', 'comments/' . (int) $row->comment_id, null, $row->stamp );
		return 404 === $got['code'] && 'refused' === $got['kind'] ? self::probe( $got ) : $got;
	}

	/** Turns "not found" into "done", if it is the comment that is unknown and not the site. */
	private static function probe( $got ) {
		$probe = Gatehouse_Client::call( 'POST', 'history', [ 'comments' => [] ], Gatehouse_Client::fresh( 'probe' ) );
		if ( 'ok' === $probe['kind'] ) {
			return $probe;
		}
		$got['kind'] = 'away';
		return $got;
	}

	/** Action delete_comment: what was published or waits is withdrawn once it is gone; spam and trash are emptied silently. */
	public static function deleting( $id, $comment = null ) {
		$comment = $comment ? $comment : get_comment( $id );
		if ( ! $comment || ! Gatehouse_Comments::concerns( $comment ) || in_array( $comment->comment_approved, [ 'spam', 'trash' ], true ) ) {
			return;
		}
		if ( get_comment_meta( $id, '_gatehouse_answer', true ) || get_comment_meta( $id, '_gatehouse_decision', true ) || Gatehouse_Queue::find( $id, Gatehouse_Queue::ASK ) ) {
			self::$doomed[ $id ] = true;
		}
	}

	/** Action deleted_comment. */
	public static function deleted( $id ) {
		if ( isset( self::$doomed[ $id ] ) ) {
			unset( self::$doomed[ $id ] );
			Gatehouse_Queue::put( $id, Gatehouse_Queue::REMOVE, Gatehouse_Client::fresh( 'withdraw' ), [], time() + 5 );
			Gatehouse_Comments::$touched[ $id ] = $id;
		}
	}

	/** Declares the route by which gatehouse's decisions come. */
	public static function route() {
		register_rest_route( 'gatehouse/v1', '/decision', [
			'methods'             => 'POST',
			'callback'            => [ __CLASS__, 'receive' ],
			'permission_callback' => '__return_true', // the signature is the permission
		] );
	}

	/** Takes a decision of gatehouse's. */
	public static function receive( WP_REST_Request $request ) {
		$wrong = Gatehouse_Client::verify( $request->get_header( 'webhook-id' ), $request->get_header( 'webhook-timestamp' ), $request->get_header( 'webhook-signature' ), $request->get_body() );
		if ( '' !== $wrong ) {
			return new WP_Error( 'gatehouse_unsigned', $wrong, [ 'status' => 401 ] );
		}
		$message = json_decode( $request->get_body(), true );
		$type    = isset( $message['type'] ) ? $message['type'] : '';
		if ( 'gatehouse.test' === $type ) {
			return new WP_REST_Response( [ 'applied' => false, 'why' => 'test' ], 200 );
		}
		$statuses = [ 'comment.approved' => 'approved', 'comment.rejected' => 'rejected', 'comment.held' => 'held' ];
		if ( ! is_string( $type ) || ! isset( $statuses[ $type ] ) || ! isset( $message['data']['id'], $message['data']['seq'] ) || ! is_array( $message['data'] ) ) {
			return new WP_Error( 'gatehouse_invalid', 'that is no decision that is known here', [ 'status' => 400 ] );
		}
		return self::obey( $statuses[ $type ], $message['data'], (string) $request->get_header( 'webhook-id' ) );
	}

	/** Does as a decision says, unless something newer is known. */
	private static function obey( $status, $data, $message_id ) {
		global $wpdb;
		$id = is_scalar( $data['id'] ) && preg_match( '/^[1-9]\d{0,18}$/', (string) $data['id'] ) ? (int) $data['id'] : 0;
		if ( $id ) {
			clean_comment_cache( $id );
		}
		if ( ! $id || ! get_comment( $id ) ) {
			$was_here = $id && $id <= (int) $wpdb->get_var( "SELECT MAX(comment_ID) FROM $wpdb->comments" );
			// Deleted meanwhile: taken note of. Never here: 410 ends the delivery, for it would not come true in three days either.
			return new WP_REST_Response( [ 'applied' => false, 'why' => $was_here ? 'deleted' : 'unknown' ], $was_here ? 200 : 410 );
		}
		$why = self::older( $id, $status, $data, $message_id );
		if ( '' !== $why ) {
			return new WP_REST_Response( [ 'applied' => false, 'why' => $why ], 200 );
		}
		$category = isset( $data['category'] ) && is_string( $data['category'] ) ? $data['category'] : '';
		Gatehouse_Comments::apply( $id, $status, $category );
		self::note( $id, [
			'decision' => isset( $data['decision'] ) && is_string( $data['decision'] ) ? $data['decision'] : '',
			'by'       => isset( $data['decided_by'] ) && is_string( $data['decided_by'] ) ? mb_substr( $data['decided_by'], 0, 200 ) : '',
			'status'   => $status,
			'seq'      => (int) $data['seq'],
			'message'  => $message_id,
		] );
		return new WP_REST_Response( [ 'applied' => true ], 200 );
	}

	/** Returns why a decision is overtaken, or ''. */
	private static function older( $id, $status, $data, $message_id ) {
		$last   = self::noted( $id );
		$answer = json_decode( (string) get_comment_meta( $id, '_gatehouse_answer', true ), true );
		if ( isset( $last['message'] ) && $last['message'] === $message_id ) {
			return 'seen';
		}
		if ( isset( $last['seq'] ) && (int) $data['seq'] <= (int) $last['seq'] ) {
			return 'older';
		}
		if ( isset( $answer['revision'], $data['revision'] ) && (int) $data['revision'] < (int) $answer['revision'] ) {
			return 'edited';
		}
		if ( Gatehouse_Queue::find( $id, Gatehouse_Queue::DECIDE ) ) {
			return 'decided here'; // and that is on its way
		}
		$row = Gatehouse_Queue::find( $id, Gatehouse_Queue::ASK );
		if ( $row && 'approved' === $status && '' !== (string) get_comment_meta( $id, '_gatehouse_updated', true ) ) {
			return 'edited'; // gatehouse has not seen the words that would be published; it is asked about them
		}
		return '';
	}
}

/** Offers what was there before. */
final class Gatehouse_History {
	const OPTION = 'gatehouse_history';
	const BYTES  = 150000; // of a batch; gatehouse takes 256 KiB

	/** Returns where the history stands. */
	public static function state() {
		$state = get_option( self::OPTION );
		return is_array( $state ) ? $state : [];
	}

	/** Begins, or goes on after a stop. */
	public static function start( $with_pending ) {
		global $wpdb;
		$state = self::state();
		if ( ! $state || 'done' === $state['state'] ) {
			$last  = (int) $wpdb->get_var( "SELECT MAX(comment_ID) FROM $wpdb->comments" );
			$state = [ 'cursor' => 0, 'last' => $last, 'total' => (int) $wpdb->get_var( "SELECT COUNT(*) FROM $wpdb->comments" ), 'seen' => 0, 'added' => 0, 'known' => 0, 'asked' => 0 ];
		}
		$state['state']   = 'running';
		$state['error']   = '';
		$state['pending'] = (bool) $with_pending;
		update_option( self::OPTION, $state, false );
		Gatehouse::soon();
	}

	/** Sends batches until all is told, or the time is up. */
	public static function run( $seconds ) {
		$end = microtime( true ) + $seconds;
		do {
			$state = self::state();
		} while ( isset( $state['state'] ) && 'running' === $state['state'] && self::step( $state ) && microtime( true ) < $end );
	}

	/** Sends one batch. Returns whether to go on. */
	private static function step( $state ) {
		global $wpdb;
		if ( ! $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, 0)', self::lock() ) ) ) {
			return false; // the page and cron do not send the same batch twice
		}
		$state = self::state();
		$rows  = $wpdb->get_results( $wpdb->prepare( "SELECT * FROM $wpdb->comments WHERE comment_ID > %d AND comment_ID <= %d ORDER BY comment_ID LIMIT 200", $state['cursor'], $state['last'] ) );
		$batch = [];
		$bytes = 0;
		foreach ( $rows as $row ) {
			$past   = self::past( $row, $state );
			$bytes += $past ? strlen( (string) wp_json_encode( $past, JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES ) ) : 0;
			if ( $batch && $bytes > self::BYTES ) {
				break;
			}
			$state['seen']++;
			$state['cursor'] = (int) $row->comment_ID;
			if ( $past ) {
				$batch[] = $past;
			}
		}
		$goes_on = self::send( $batch, $state );
		if ( $goes_on && ! $rows ) {
			$state['state'] = 'done';
			update_option( self::OPTION, $state, false );
			$goes_on = false;
		}
		$wpdb->query( $wpdb->prepare( 'SELECT RELEASE_LOCK(%s)', self::lock() ) );
		return $goes_on;
	}

	/** Sends a batch and writes down how far that goes. */
	private static function send( $batch, $state ) {
		if ( $batch ) {
			$got = Gatehouse_Client::call( 'POST', 'history', [ 'comments' => $batch ], Gatehouse_Client::fresh( 'history' ), 30 );
			if ( 'ok' !== $got['kind'] ) {
				$state          = self::state(); // as before this batch
				$state['error'] = $got['error'];
				$state['state'] = 'refused' === $got['kind'] ? 'stopped' : 'running'; // cron tries again what gatehouse was away for
				update_option( self::OPTION, $state, false );
				return false;
			}
			$state['added'] += isset( $got['data']['added'] ) ? (int) $got['data']['added'] : 0;
			$state['known'] += isset( $got['data']['known'] ) ? (int) $got['data']['known'] : 0;
		}
		$state['error'] = '';
		update_option( self::OPTION, $state, false );
		return true;
	}

	/** Returns a comment with what had become of it; null for those of which nothing can be told. */
	private static function past( $row, &$state ) {
		$decisions = [ '1' => 'approve', 'spam' => 'spam', 'trash' => 'reject' ];
		$comment   = new WP_Comment( $row );
		if ( ! Gatehouse_Comments::concerns( $comment ) || '' === trim( $comment->comment_content ) ) {
			return null;
		}
		if ( isset( $decisions[ $comment->comment_approved ] ) ) {
			return array_merge( Gatehouse_Comments::describe( $comment ), [ 'decision' => $decisions[ $comment->comment_approved ] ] );
		}
		if ( '0' === (string) $comment->comment_approved && ! empty( $state['pending'] ) && ! get_comment_meta( $comment->comment_ID, '_gatehouse_answer', true ) ) {
			Gatehouse_Queue::put( $comment->comment_ID, Gatehouse_Queue::ASK, 'pending', [ 'mailed' => true ], time() );
			$state['asked']++;
		}
		return null;
	}

	/** Returns the name of the lock: one for each blog of the database server. */
	private static function lock() {
		global $wpdb;
		return 'gatehouse_' . md5( DB_NAME . $wpdb->prefix );
	}
}

/** The pages in wp-admin. */
final class Gatehouse_Admin {
	const PAGE = 'gatehouse';

	/** Adds the settings page. */
	public static function menu() {
		add_options_page( 'Gatehouse', 'Gatehouse', 'manage_options', self::PAGE, [ __CLASS__, 'page' ] );
	}

	/** Declares the settings. */
	public static function init() {
		register_setting( self::PAGE, Gatehouse_Settings::OPTION, [ 'sanitize_callback' => [ 'Gatehouse_Settings', 'sanitize' ] ] );
	}

	/** Adds a link to the settings in the list of plugins. */
	public static function links( $links ) {
		array_unshift( $links, '<a href="' . esc_url( self::address() ) . '">' . esc_html__( 'Settings', 'gatehouse' ) . '</a>' );
		return $links;
	}

	private static function address() {
		return admin_url( 'options-general.php?page=' . self::PAGE );
	}

	/** Handles the buttons of the settings page. */
	public static function button() {
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_die( esc_html__( 'You may not do that.', 'gatehouse' ), '', [ 'response' => 403 ] );
		}
		check_admin_referer( 'gatehouse_button' );
		$do = isset( $_POST['do'] ) ? sanitize_key( $_POST['do'] ) : '';
		if ( 'test' === $do ) {
			set_transient( 'gatehouse_test_' . get_current_user_id(), Gatehouse_Client::test(), 60 );
		} elseif ( 'history' === $do ) {
			Gatehouse_History::start( ! empty( $_POST['pending'] ) );
		} elseif ( 'ask' === $do ) {
			delete_transient( 'gatehouse_slow' );
			Gatehouse::cron();
		}
		wp_safe_redirect( self::address() );
		exit;
	}

	/** Sends the next part of the history while somebody looks on. */
	public static function step() {
		if ( ! current_user_can( 'manage_options' ) ) {
			wp_send_json_error( null, 403 );
		}
		check_ajax_referer( 'gatehouse_history' );
		Gatehouse_History::run( 3 );
		wp_send_json_success( self::progress() );
	}

	/** Returns where the history stands, in words. */
	private static function progress() {
		$s = Gatehouse_History::state();
		if ( ! $s ) {
			return [ 'running' => false, 'part' => 0, 'text' => __( 'Not offered yet.', 'gatehouse' ) ];
		}
		$words = [ 'running' => __( 'Being sent', 'gatehouse' ), 'stopped' => __( 'Stopped', 'gatehouse' ), 'done' => __( 'Done', 'gatehouse' ) ];
		/* translators: 1: state, 2 and 3: comments looked at and in all, 4: new to gatehouse, 5: known to it, 6: pending ones */
		$text = sprintf( __( '%1$s: %2$d of %3$d comments; %4$d added, %5$d known before, %6$d pending ones are being asked about.', 'gatehouse' ), $words[ $s['state'] ], $s['seen'], $s['total'], $s['added'], $s['known'], $s['asked'] );
		if ( $s['error'] ) {
			/* translators: %s: error */
			$text .= ' ' . sprintf( __( 'The last try failed: %s', 'gatehouse' ), $s['error'] );
		}
		return [ 'running' => 'running' === $s['state'], 'part' => $s['total'] ? min( 1, $s['seen'] / $s['total'] ) : 1, 'text' => $text ];
	}

	/** Prints the settings page. */
	public static function page() {
		if ( ! current_user_can( 'manage_options' ) ) {
			return;
		}
		echo '<div class="wrap"><h1>Gatehouse</h1>';
		$test = get_transient( 'gatehouse_test_' . get_current_user_id() );
		if ( is_array( $test ) ) {
			delete_transient( 'gatehouse_test_' . get_current_user_id() );
			echo '<div id="gatehouse-test" class="notice notice-' . ( $test[0] ? 'success' : 'error' ) . '"><p>' . esc_html( $test[1] ) . '</p></div>';
		}
		self::fault();
		echo '<form method="post" action="options.php">';
		settings_fields( self::PAGE );
		echo '<table class="form-table" role="presentation">';
		self::field( 'url', __( 'Address', 'gatehouse' ), 'url', 'https://gatehouse.example.org', __( 'Where "gatehouse serve" can be reached from this server.', 'gatehouse' ) );
		if ( 0 === strpos( Gatehouse_Settings::get( 'url' ), 'http://' ) && ! in_array( wp_parse_url( Gatehouse_Settings::get( 'url' ), PHP_URL_HOST ), [ '127.0.0.1', 'localhost', '[::1]' ], true ) ) {
			echo '<tr><th></th><td><p class="description">' . esc_html__( 'Without https:// others on the way can read comments and e-mail addresses.', 'gatehouse' ) . '</p></td></tr>';
		}
		self::field( 'site', __( 'Site name', 'gatehouse' ), 'text', 'blog', __( 'The name in "gatehouse sites add NAME".', 'gatehouse' ) );
		self::field( 'secret', __( 'Secret', 'gatehouse' ), 'password', 'whsec_…', '' === Gatehouse_Settings::get( 'secret' ) ? __( 'The line "secret" of "gatehouse sites show NAME".', 'gatehouse' ) : __( 'One is stored. Leave this empty to keep it.', 'gatehouse' ) );
		echo '<tr><th scope="row">' . esc_html__( 'Moderators', 'gatehouse' ) . '</th><td><label><input type="checkbox" name="gatehouse_settings[trust]" value="1" ' . checked( (bool) Gatehouse_Settings::get( 'trust' ), true, false ) . '> ' . esc_html__( 'Publish what people who may moderate write without asking', 'gatehouse' ) . '</label></td></tr></table>';
		submit_button();
		echo '</form>';
		self::connection();
		self::history();
		echo '</div>';
	}

	private static function field( $key, $title, $type, $example, $help ) {
		$fixed = defined( 'GATEHOUSE_' . strtoupper( $key ) );
		$value = 'secret' === $key ? '' : Gatehouse_Settings::get( $key );
		echo '<tr><th scope="row"><label for="gatehouse-' . esc_attr( $key ) . '">' . esc_html( $title ) . '</label></th><td><input class="regular-text" id="gatehouse-' . esc_attr( $key ) . '" name="gatehouse_settings[' . esc_attr( $key ) . ']" type="' . esc_attr( $type ) . '" value="' . esc_attr( $value ) . '" placeholder="' . esc_attr( $example ) . '" autocomplete="off"' . ( $fixed ? ' disabled' : '' ) . '><p class="description">' . esc_html( $fixed ? __( 'Set in wp-config.php.', 'gatehouse' ) : $help ) . '</p></td></tr>';
	}

	/** Prints the test and where decisions come. */
	private static function connection() {
		echo '<h2>' . esc_html__( 'Connection', 'gatehouse' ) . '</h2><p>' . esc_html__( 'Decisions of your moderators come to this address. Tell gatehouse once:', 'gatehouse' ) . '</p><p><code>gatehouse sites set ' . esc_html( Gatehouse_Settings::get( 'site' ) ? Gatehouse_Settings::get( 'site' ) : 'NAME' ) . ' callback ' . esc_html( Gatehouse_Settings::callback() ) . '</code></p>';
		self::open_form();
		echo '<button class="button" name="do" value="test">' . esc_html__( 'Test', 'gatehouse' ) . '</button> <button class="button" name="do" value="ask">' . esc_html__( 'Ask again now', 'gatehouse' ) . '</button> ';
		/* translators: 1: comments, 2: decisions */
		echo '<span id="gatehouse-waiting">' . esc_html( sprintf( __( '%1$d comments wait for an answer, %2$d decisions wait to be sent.', 'gatehouse' ), Gatehouse_Queue::waiting(), Gatehouse_Queue::waiting( Gatehouse_Queue::DECIDE ) + Gatehouse_Queue::waiting( Gatehouse_Queue::REMOVE ) ) ) . '</span></form>';
	}

	/** Prints the part of the page about comments of before. */
	private static function history() {
		$progress = self::progress();
		echo '<h2>' . esc_html__( 'Comments of before', 'gatehouse' ) . '</h2><p>' . esc_html__( 'Gatehouse learns from what was published here, and from what was spam. Nothing changes on this blog.', 'gatehouse' ) . '</p>';
		echo '<p><progress id="gatehouse-bar" max="1" value="' . esc_attr( $progress['part'] ) . '"></progress> <span id="gatehouse-progress">' . esc_html( $progress['text'] ) . '</span></p>';
		self::open_form();
		echo '<p><label><input type="checkbox" name="pending" value="1"> ' . esc_html__( 'Ask about those that are pending, too: the answers publish or reject them', 'gatehouse' ) . '</label></p>';
		echo '<button class="button" name="do" value="history">' . esc_html__( 'Send them', 'gatehouse' ) . '</button></form>';
		if ( $progress['running'] ) {
			echo '<script>(function go(){var d=new FormData();d.append("action","gatehouse_history");d.append("_ajax_nonce",' . wp_json_encode( wp_create_nonce( 'gatehouse_history' ) ) . ');fetch(ajaxurl,{method:"POST",body:d,credentials:"same-origin"}).then(function(r){return r.json()}).then(function(j){document.getElementById("gatehouse-bar").value=j.data.part;document.getElementById("gatehouse-progress").textContent=j.data.text;if(j.data.running)setTimeout(go,500)}).catch(function(){setTimeout(go,5000)})})()</script>';
		}
	}

	private static function open_form() {
		echo '<form method="post" action="' . esc_url( admin_url( 'admin-post.php' ) ) . '"><input type="hidden" name="action" value="gatehouse">';
		wp_nonce_field( 'gatehouse_button' );
	}

	/** Tells moderators where gatehouse is away. */
	private static function fault() {
		$fault = get_option( 'gatehouse_fault' );
		if ( is_array( $fault ) ) {
			/* translators: 1: time, 2: error, 3: comments */
			echo '<div class="notice notice-warning"><p>' . esc_html( sprintf( __( 'Gatehouse did not answer %1$s ago (%2$s). %3$d comments are held until it does; they are asked about again by themselves.', 'gatehouse' ), human_time_diff( $fault['at'] ), $fault['error'], Gatehouse_Queue::waiting() ) ) . '</p></div>';
		}
	}

	/** Action admin_notices: the same above the list of comments. */
	public static function notice() {
		$screen = get_current_screen();
		if ( $screen && 'edit-comments' === $screen->id && current_user_can( 'moderate_comments' ) && Gatehouse_Settings::ready() ) {
			self::fault();
		}
	}

	/** Filter manage_edit-comments_columns. */
	public static function columns( $columns ) {
		$columns['gatehouse'] = 'Gatehouse';
		return $columns;
	}

	/** Action manage_comments_custom_column: what gatehouse said, and why. */
	public static function column( $column, $id ) {
		if ( 'gatehouse' !== $column ) {
			return;
		}
		$answer = json_decode( (string) get_comment_meta( $id, '_gatehouse_answer', true ), true );
		$row    = Gatehouse_Queue::find( $id, Gatehouse_Queue::ASK );
		if ( $row ) {
			/* translators: 1: tries, 2: error */
			echo '<p class="gatehouse-waits">' . esc_html( sprintf( __( 'Waits for gatehouse; asked %1$d times. %2$s', 'gatehouse' ), $row->tries, $row->error ) ) . '</p>';
		}
		if ( is_array( $answer ) ) {
			self::print_answer( $answer );
		}
		$decision = Gatehouse_Decisions::noted( $id );
		if ( ! empty( $decision['decision'] ) ) {
			$words = [ 'approve' => __( 'approved', 'gatehouse' ), 'spam' => __( 'called spam', 'gatehouse' ), 'abuse' => __( 'called abuse', 'gatehouse' ), 'reject' => __( 'rejected', 'gatehouse' ), 'hold' => __( 'held', 'gatehouse' ) ];
			$word  = isset( $words[ $decision['decision'] ] ) ? $words[ $decision['decision'] ] : $decision['decision'];
			echo '<p class="gatehouse-decision">' . esc_html( sprintf( empty( $decision['here'] ) ? __( 'Then %1$s by %2$s in gatehouse.', 'gatehouse' ) : __( 'Then %1$s by %2$s here.', 'gatehouse' ), $word, empty( $decision['by'] ) ? __( 'somebody', 'gatehouse' ) : $decision['by'] ) ) . '</p>';
		}
	}

	private static function print_answer( $answer ) {
		$actions = [ 'approve' => __( 'published', 'gatehouse' ), 'hold' => __( 'held', 'gatehouse' ), 'reject' => __( 'rejected', 'gatehouse' ) ];
		$action  = isset( $answer['action'], $actions[ $answer['action'] ] ) ? $actions[ $answer['action'] ] : '';
		$scores  = isset( $answer['scores'] ) && is_array( $answer['scores'] ) ? $answer['scores'] : [];
		$parts   = [];
		foreach ( [ 'spam', 'abuse' ] as $label ) {
			if ( isset( $scores[ $label ] ) ) {
				$parts[] = sprintf( '%s %s%%', $label, number_format_i18n( 100 * (float) $scores[ $label ], 0 ) );
			}
		}
		echo '<p class="gatehouse-answer"><strong>' . esc_html( $action ) . '</strong> ' . esc_html( implode( ', ', $parts ) ) . '</p>';
		foreach ( array_slice( isset( $answer['reasons'] ) && is_array( $answer['reasons'] ) ? $answer['reasons'] : [], 0, 3 ) as $reason ) {
			$what = trim( ( empty( $reason['rule'] ) ? $reason['check'] : $reason['rule'] ) . ( empty( $reason['label'] ) ? '' : ', ' . $reason['label'] ) . ': ' . $reason['detail'] );
			echo '<p class="gatehouse-reason description">' . esc_html( $what ) . '</p>';
		}
	}
}

/** Ties everything to WordPress. */
final class Gatehouse {
	const CRON  = 'gatehouse_cron';
	const EVERY = 'gatehouse_five_minutes';

	/** Adds the hooks. */
	public static function boot() {
		add_filter( 'pre_comment_approved', [ 'Gatehouse_Comments', 'hold' ], 9999, 2 );
		add_action( 'wp_insert_comment', [ 'Gatehouse_Comments', 'inserted' ], 5, 2 );
		add_action( 'comment_post', [ 'Gatehouse_Comments', 'posted' ], 5 );
		add_action( 'rest_insert_comment', [ 'Gatehouse_Comments', 'posted_by_rest' ], 5, 3 );
		add_filter( 'notify_moderator', [ 'Gatehouse_Comments', 'notify_moderator' ], 20, 2 );
		add_filter( 'wp_update_comment_data', [ 'Gatehouse_Comments', 'editing' ], 9999, 2 );
		add_action( 'edit_comment', [ 'Gatehouse_Comments', 'edited' ] );
		add_action( 'comment_form', [ 'Gatehouse_Comments', 'form' ] );
		add_action( 'transition_comment_status', [ 'Gatehouse_Decisions', 'transition' ], 10, 3 );
		add_action( 'delete_comment', [ 'Gatehouse_Decisions', 'deleting' ], 10, 2 );
		add_action( 'deleted_comment', [ 'Gatehouse_Decisions', 'deleted' ] );
		add_action( 'rest_api_init', [ 'Gatehouse_Decisions', 'route' ] );
		add_action( 'shutdown', [ __CLASS__, 'shutdown' ] );
		add_filter( 'cron_schedules', [ __CLASS__, 'schedules' ] ); // phpcs:ignore
		add_action( self::CRON, [ __CLASS__, 'cron' ] );
		add_action( 'init', [ __CLASS__, 'schedule' ] );
		add_filter( 'wpmu_drop_tables', [ __CLASS__, 'drop_with_blog' ] );
		if ( is_admin() ) {
			add_action( 'admin_menu', [ 'Gatehouse_Admin', 'menu' ] );
			add_action( 'admin_init', [ 'Gatehouse_Admin', 'init' ] );
			add_action( 'admin_post_gatehouse', [ 'Gatehouse_Admin', 'button' ] );
			add_action( 'wp_ajax_gatehouse_history', [ 'Gatehouse_Admin', 'step' ] );
			add_action( 'admin_notices', [ 'Gatehouse_Admin', 'notice' ] );
			add_filter( 'manage_edit-comments_columns', [ 'Gatehouse_Admin', 'columns' ] );
			add_action( 'manage_comments_custom_column', [ 'Gatehouse_Admin', 'column' ], 10, 2 );
			add_filter( 'plugin_action_links_' . plugin_basename( __FILE__ ), [ 'Gatehouse_Admin', 'links' ] );
		}
		register_deactivation_hook( __FILE__, [ __CLASS__, 'deactivate' ] );
		register_uninstall_hook( __FILE__, [ __CLASS__, 'uninstall' ] );
	}

	/** Filter cron_schedules. */
	public static function schedules( $schedules ) {
		$schedules[ self::EVERY ] = [ 'interval' => 300, 'display' => __( 'Every five minutes', 'gatehouse' ) ];
		return $schedules;
	}

	/** Keeps the cron event there, on every blog of a network. */
	public static function schedule() {
		global $wpdb;
		if ( ! Gatehouse_Settings::ready() ) {
			return;
		}
		if ( ! wp_next_scheduled( self::CRON ) ) {
			wp_schedule_event( time() + 300, self::EVERY, self::CRON );
		}
		if ( false === get_option( 'gatehouse_since' ) ) { // what was pending before is asked about only where somebody wants that
			add_option( 'gatehouse_since', (int) $wpdb->get_var( "SELECT MAX(comment_ID) FROM $wpdb->comments" ) );
		}
	}

	/** Lets cron work at the next visit. The argument makes it another event than the regular one, for WordPress drops doubles. */
	public static function soon() {
		wp_schedule_single_event( time(), self::CRON, [ 'soon' ] );
	}

	/** The cron event: asks again, and goes on with the history. */
	public static function cron() {
		if ( Gatehouse_Settings::ready() ) {
			Gatehouse_Queue::find_lost();
			Gatehouse_Queue::run( 20 );
			Gatehouse_History::run( 20 );
		}
	}

	/** Sends what this request has put in the queue. */
	public static function shutdown() {
		if ( Gatehouse_Comments::$touched && Gatehouse_Settings::ready() ) {
			Gatehouse_Queue::flush( Gatehouse_Comments::$touched, 3 );
			Gatehouse_Comments::$touched = [];
		}
	}

	/** Takes the cron event away. */
	public static function deactivate( $network_wide = false ) {
		self::on_each_blog( $network_wide, function () {
			wp_unschedule_hook( self::CRON );
		} );
	}

	/** Takes away everything that is ours. Comments stay as they are. */
	public static function uninstall() {
		self::on_each_blog( true, function () {
			global $wpdb;
			wp_unschedule_hook( self::CRON );
			foreach ( [ Gatehouse_Settings::OPTION, Gatehouse_History::OPTION, 'gatehouse_db', 'gatehouse_since', 'gatehouse_fault' ] as $option ) {
				delete_option( $option );
			}
			delete_transient( 'gatehouse_slow' );
			$wpdb->query( 'DROP TABLE IF EXISTS ' . Gatehouse_Queue::table() ); // phpcs:ignore
			$wpdb->query( "DELETE FROM $wpdb->commentmeta WHERE meta_key IN ('_gatehouse_answer', '_gatehouse_decision', '_gatehouse_updated')" );
		} );
	}

	/** Filter wpmu_drop_tables: the table goes with its blog. */
	public static function drop_with_blog( $tables ) {
		$tables[] = Gatehouse_Queue::table();
		return $tables;
	}

	private static function on_each_blog( $all, $do ) {
		if ( ! $all || ! is_multisite() ) {
			$do();
			return;
		}
		foreach ( get_sites( [ 'fields' => 'ids', 'number' => 0 ] ) as $blog ) {
			switch_to_blog( $blog );
			$do();
			restore_current_blog();
		}
	}
}

Gatehouse::boot();
