#!/bin/sh
# A comment section behind gatehouse, without a server of its own: what becomes of
# the comments is asked for.
#   blog.sh send AUTHOR TEXT   sends a comment, prints its id and status
#   blog.sh poll               asks what changed, prints id and status of each
#   blog.sh published          prints what may be shown
set -eu
: "${GATEHOUSE_URL:?http://127.0.0.1:8080/v1/sites/blog}" "${GATEHOUSE_SECRET:?whsec_…}" "${GATEHOUSE_TOKEN:?of gatehouse tokens add}"
folder=${COMMENTS:-comments} # your database instead
mkdir -p "$folder"

quoted() { # as a JSON string
	printf '%s' "$1" | tr '\t\r' '  ' | tr -d '\001-\010\013-\037' | sed 's/[\\"]/\\&/g' |
		awk 'BEGIN { printf "\"" } NR > 1 { printf "\\n" } { printf "%s", $0 } END { printf "\"" }'
}

ask() { # sends the comment called $1; without an answer it stays held, and is sent again by poll
	body=$(cat "$folder/$1.json") now=$(date +%s)
	key=$(printf %s "${GATEHOUSE_SECRET#whsec_}" | base64 -d | od -An -v -tx1 | tr -d ' \n')
	signature=$(printf %s "new-$1.$now.$body" | openssl dgst -sha256 -mac HMAC -macopt "hexkey:$key" -binary | base64)
	answer=$(curl -fsS -m 10 "$GATEHOUSE_URL/comments" -H 'Content-Type: application/json' -H "webhook-id: new-$1" \
		-H "webhook-timestamp: $now" -H "webhook-signature: v1,$signature" -d "$body") || return 0
	printf '%s\n' "$answer" | grep -o '"status":"[a-z]*"' | cut -d '"' -f 4 >"$folder/$1.status"
}

case ${1:-} in
send)
	id=$(openssl rand -hex 8)
	printf '{"id": "%s", "author": {"name": %s}, "body": %s}' "$id" "$(quoted "$2")" "$(quoted "$3")" >"$folder/$id.json"
	ask "$id"
	echo "$id $(cat "$folder/$id.status" 2>/dev/null || echo held)"
	;;
poll)
	for comment in "$folder"/*.json; do
		id=$(basename "$comment" .json)
		[ ! -e "$comment" ] || [ -e "$folder/$id.status" ] || ask "$id"
	done
	more=true
	while [ "$more" = true ]; do
		after=$(cat "$folder/next" 2>/dev/null || true)
		page=$(curl -fsS -m 10 "$GATEHOUSE_URL/comments?after=$after" -H "Authorization: Bearer $GATEHOUSE_TOKEN")
		# jq reads JSON better: jq -r '.comments[] | .id + " " + .status'
		printf '%s\n' "$page" | grep -o '"id":"[^"]*","revision":[0-9]*,"status":"[a-z]*"' | tr -d '"' | tr ':,' '  ' |
			while read -r _ id _ _ _ status; do
				echo "$status" >"$folder/$id.status"
				echo "$id $status"
			done
		printf '%s\n' "$page" | grep -o '"next":"[^"]*"' | cut -d '"' -f 4 >"$folder/next"
		more=$(printf '%s\n' "$page" | grep -o '"more":[a-z]*' | cut -d : -f 2)
	done
	;;
published)
	grep -lx approved "$folder"/*.status 2>/dev/null | while read -r file; do cat "${file%.status}.json" && echo; done
	;;
*) sed -n '2,6s/^# *//p' "$0" >&2 && exit 2 ;;
esac
