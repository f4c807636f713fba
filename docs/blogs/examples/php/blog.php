<?php // A comment section behind gatehouse: POST author and body to /comments, GET
// /comments, and let gatehouse call /gatehouse. Try it with: php -S 127.0.0.1:8090 blog.php
$site = getenv('GATEHOUSE_URL'); // http://127.0.0.1:8080/v1/sites/blog
$key = base64_decode(substr(getenv('GATEHOUSE_SECRET'), strlen('whsec_')));

function change(callable $f) { // lets $f change what is kept, one at a time: your database instead
    flock($file = fopen(getenv('COMMENTS') ?: 'comments.json', 'c+'), LOCK_EX);
    $kept = json_decode(stream_get_contents($file), true) ?: ['comments' => [], 'seen' => []];
    $result = $f($kept);
    ftruncate($file, 0);
    rewind($file);
    fwrite($file, json_encode($kept));
    fclose($file);
    return $result;
}
function sign($id, $timestamp, $body) {
    return 'v1,' . base64_encode(hash_hmac('sha256', "$id.$timestamp.$body", $GLOBALS['key'], true));
}
function ask($c) { // returns the comment; without an answer it stays held, and is sent again
    $body = json_encode(['id' => $c['id'], 'author' => ['name' => $c['author']], 'body' => $c['body']]);
    [$id, $now] = ["new-{$c['id']}", time()];
    $headers = ['Content-Type: application/json', "webhook-id: $id", "webhook-timestamp: $now", 'webhook-signature: ' . sign($id, $now, $body)];
    $context = stream_context_create(['http' => ['method' => 'POST', 'header' => $headers, 'content' => $body, 'timeout' => 10, 'ignore_errors' => true]]);
    $answer = json_decode(@file_get_contents("{$GLOBALS['site']}/comments", false, $context) ?: '', true);
    $again = !$answer || in_array($answer['error']['code'] ?? '', ['too_many_requests', 'not_ready', 'internal']);
    return change(function (&$kept) use ($c, $answer, $again) {
        $c = $kept['comments'][$c['id']];
        if (!$again && $c['seq'] === 0) { // else a decision was quicker than the answer; -1: it was refused
            [$c['status'], $c['revision']] = [$answer['status'] ?? 'held', $answer['revision'] ?? -1];
        }
        return $kept['comments'][$c['id']] = $c;
    });
}
function decided($id, $timestamp, $signatures, $body) {
    $good = array_filter(explode(' ', $signatures), fn($s) => hash_equals(sign($id, $timestamp, $body), $s));
    if (!$good || abs(time() - (int) $timestamp) > 300) return 401;
    $message = json_decode($body, true);
    $status = ['comment.approved' => 'approved', 'comment.held' => 'held', 'comment.rejected' => 'rejected'][$message['type'] ?? ''] ?? '';
    if (!$status) return 400; // signed with our secret, and no decision: a comment of ours, sent back
    return change(function (&$kept) use ($id, $message, $status) {
        $c = $kept['comments'][$message['data']['id']] ?? null;
        if ($c && !isset($kept['seen'][$id]) && $message['data']['seq'] > $c['seq'] && $message['data']['revision'] >= $c['revision']) {
            $kept['comments'][$c['id']] = ['status' => $status, 'seq' => $message['data']['seq']] + $c;
        }
        $kept['seen'][$id] = true;
        return 204;
    });
}
if (parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) === '/gatehouse') {
    $header = fn($name) => $_SERVER["HTTP_WEBHOOK_$name"] ?? '';
    http_response_code(decided($header('ID'), $header('TIMESTAMP'), $header('SIGNATURE'), file_get_contents('php://input')));
} elseif ($_SERVER['REQUEST_METHOD'] === 'POST') {
    $c = ['id' => bin2hex(random_bytes(8)), 'author' => $_POST['author'], 'body' => $_POST['body'], 'status' => 'held', 'seq' => 0, 'revision' => 0];
    change(function (&$kept) use ($c) { $kept['comments'][$c['id']] = $c; });
    echo json_encode(['id' => $c['id'], 'status' => ask($c)['status']]);
} else {
    array_map('ask', array_filter(change(fn(&$kept) => $kept['comments']), fn($c) => $c['revision'] === 0)); // a cron job of yours
    echo json_encode(array_values(array_filter(change(fn(&$kept) => $kept['comments']), fn($c) => $c['status'] === 'approved')));
}
