# Runs a throw-away PostgreSQL for as long as standard input stays open: the test process holds the other end, so the
# server ends with it however it ends. $1 is the folder of the server's binaries.
set -eu
# Nobody may read the last lines any more when the test process is gone; that must not keep the server alive.
trap '' PIPE
exec 2>&1
bin=$1
# Under /tmp, because a socket's path has at most 107 bytes and TMPDIR may be long.
home=$(mktemp -d /tmp/yichuang-pg.XXXXXX)
finish() {
    "$bin/pg_ctl" -D "$home/data" -m immediate -w stop >/dev/null || true
    rm -rf "$home"
}
trap finish EXIT
# The folder is ours alone (mode 0700) and the socket is the only way in, so `trust` trusts nobody else.
"$bin/initdb" -D "$home/data" -U postgres -A trust -E UTF8 --no-locale --no-sync >"$home/log" || { cat "$home/log"; exit 1; }
cat >>"$home/data/postgresql.conf" <<SETTINGS
listen_addresses = ''
unix_socket_directories = '$home'
fsync = off
synchronous_commit = off
full_page_writes = off
autovacuum = off
max_connections = 400
SETTINGS
"$bin/pg_ctl" -D "$home/data" -w -t 60 -l "$home/log" start >/dev/null || { cat "$home/log"; exit 1; }
echo "ready $home"
cat >/dev/null
