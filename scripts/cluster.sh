# The private PostgreSQL of this checkout: no TCP, a socket in a folder that only its owner can enter, data kept in
# var/pg or, where the account postgres cannot walk to it, in /var/lib/gasworks/<hash of the checkout's path>.
#
# var/cluster.env records where the data and the socket are; the settings of the product read the socket from there.

CLUSTER_RECORD="$VAR/cluster.env"

# PostgreSQL refuses to run as root: root hands over to the account that Debian made for it.
cluster_user() { if is_root; then echo postgres; else id -un; fi; }

as_cluster_user() {
  if is_root; then
    (cd / && exec runuser -u postgres -- env -u LC_ALL LANG=C.UTF-8 "$@")
  else
    (cd / && exec "$@")
  fi
}

cluster_data() {
  local recorded
  recorded="$(sed -n 's/^data=//p' "$CLUSTER_RECORD" 2>/dev/null || true)"
  if [ -n "$recorded" ] && { [ "$recorded" = "$VAR/pg" ] || [ -d "$recorded" ]; }; then
    echo "$recorded"
  elif is_root && ! runuser -u postgres -- test -x "$VAR" 2>/dev/null; then
    echo "/var/lib/gasworks/$CHECKOUT_HASH"
  else
    echo "$VAR/pg"
  fi
}

cluster_socket() { sed -n 's/^socket=//p' "$CLUSTER_RECORD" 2>/dev/null || true; }

cluster_bin() {
  local major
  major="$(as_cluster_user cat "$(cluster_data)/PG_VERSION" 2>/dev/null || true)"
  if [ -n "$major" ]; then
    [ -x "/usr/lib/postgresql/$major/bin/postgres" ] || die "the data were made by PostgreSQL $major, which is not installed"
    echo "/usr/lib/postgresql/$major/bin"
  else
    postgres_bin || die "PostgreSQL with PostGIS is not installed"
  fi
}

cluster_running() {
  local socket
  socket="$(cluster_socket)"
  [ -n "$socket" ] && [ -S "$socket/.s.PGSQL.5432" ] &&
    "$(cluster_bin)/pg_isready" -q -h "$socket" -p 5432 -t 5
}

# After this the database answers, has its roles and the empty pattern database.
ensure_cluster() {
  if [ -n "${GASWORKS_DATABASE_URL:-}" ]; then
    check_external_server
    return 0
  fi
  cluster_running && stamped cluster "$(cluster_mark)" && return 0
  locked cluster start_cluster
}

cluster_mark() { echo "$(cluster_data)-$(digest "$ROOT/scripts/cluster.sql")"; }

start_cluster() {
  local data
  data="$(cluster_data)"
  as_cluster_user test -f "$data/PG_VERSION" || make_cluster "$data"
  cluster_running || launch_cluster "$data"
  stamped cluster "$(cluster_mark)" && return 0
  make_roles
  stamp cluster "$(cluster_mark)"
}

make_cluster() {
  local data="$1"
  say "making the database"
  if is_root; then
    mkdir -p "$(dirname "$data")"
    install -d -o postgres -g postgres -m 700 "$data"
  else
    install -d -m 700 "$data"
  fi
  rm -f "$VAR"/stamps/{cluster,migrated-*,demo} "$VAR/logins"
  # In the C locale trigrams of Chinese are empty; C.UTF-8 sorts by code point and knows letters.
  as_cluster_user "$(postgres_bin)/initdb" -D "$data" --username=postgres --encoding=UTF8 --locale=C.UTF-8 \
    --data-checksums --auth=peer >"$VAR/log/initdb.log" 2>&1 || {
    tail -5 "$VAR/log/initdb.log" >&2
    die "initdb failed (see var/log/initdb.log)"
  }
}

launch_cluster() {
  local data="$1" socket
  if server_alive "$data"; then
    # Busy or recovering is not dead: wait for it. Only one whose socket was swept away must start anew.
    wait_for_server "$data" && return 0
    stop_server "$data"
  fi
  as_cluster_user rm -f "$data/postmaster.pid"
  socket="$(socket_folder)"
  write_cluster_settings "$data"
  say "starting the database"
  # Its own session and none of our descriptors: it outlives this script, a closed terminal and Ctrl-C.
  (
    exec {LOCK_DESCRIPTOR}>&-
    as_cluster_user setsid "$(cluster_bin)/pg_ctl" -D "$data" -s -w -t 300 \
      -o "-k '$socket'" -l "$data/startup.log" start </dev/null >/dev/null 2>&1
  ) || {
    as_cluster_user tail -5 "$data/startup.log" >&2 || true
    rm -rf "$socket"
    die "the database did not start (log: $data/startup.log and $data/log)"
  }
  record_cluster "$data" "$socket"
}

record_cluster() {
  printf 'data=%s\nsocket=%s\n' "$1" "$2" >"$CLUSTER_RECORD.new"
  mv "$CLUSTER_RECORD.new" "$CLUSTER_RECORD"
}

# A crash or a reboot leaves postmaster.pid, and its number may by now be another process of the same account, which
# PostgreSQL would take for the old server. Believe the number only if that process is a server of this very folder.
server_alive() {
  local data="$1" pid
  pid="$(as_cluster_user sed -n 1p "$data/postmaster.pid" 2>/dev/null || true)"
  [ -n "$pid" ] && [ "$(readlink "/proc/$pid/cwd" 2>/dev/null || true)" = "$(readlink -f "$data")" ] &&
    grep -qx 'postgres' "/proc/$pid/comm" 2>/dev/null
}

# wait_for_server DATA: up to five minutes, while its socket is there.
wait_for_server() {
  local data="$1" socket turn
  socket="$(as_cluster_user sed -n 5p "$data/postmaster.pid" 2>/dev/null || true)"
  for turn in $(seq 300); do
    [ -S "$socket/.s.PGSQL.5432" ] || return 1
    if "$(cluster_bin)/pg_isready" -q -h "$socket" -p 5432 -t 5; then
      record_cluster "$data" "$socket"
      return 0
    fi
    sleep 1
  done
  return 1
}

stop_server() {
  as_cluster_user "$(cluster_bin)/pg_ctl" -D "$1" -s -m fast -w -t 120 stop </dev/null >/dev/null 2>&1 ||
    as_cluster_user "$(cluster_bin)/pg_ctl" -D "$1" -s -m immediate -w -t 60 stop </dev/null >/dev/null 2>&1 || true
}

# The folder of the last start serves again while it is ours alone, so that web, worker and relay find a server that was
# killed and started anew. Left-overs of the dead one are swept out of it.
socket_folder() {
  local old
  old="$(cluster_socket)"
  case "$old" in
    */gasworks.*)
      if [ ! -L "$old" ] && [ "$(stat -c '%F %U %a' "$old" 2>/dev/null)" = "directory $(cluster_user) 700" ]; then
        rm -f "$old"/.s.PGSQL.*
        echo "$old"
        return 0
      fi
      rm -rf "$old"
      ;;
  esac
  fresh_socket_folder
}

# A socket's path holds at most 107 bytes, so it cannot lie in a checkout. Nobody else can have made the folder before us.
fresh_socket_folder() {
  local base folder
  for base in "${XDG_RUNTIME_DIR:-/nonexistent}" /run /tmp; do
    [ -d "$base" ] && [ -w "$base" ] && [ ${#base} -le 60 ] || continue
    case "$base" in *[!A-Za-z0-9/._-]*) continue ;; esac
    if is_root && ! runuser -u postgres -- test -x "$base"; then continue; fi
    folder="$(mktemp -d "$base/gasworks.XXXXXXXX")" || continue
    chmod 700 "$folder"
    if is_root; then chown postgres: "$folder"; fi
    echo "$folder"
    return 0
  done
  die "no folder for the database's socket: neither /run nor /tmp can be written"
}

# Sized to this machine (docs/decisions tells what was measured). fsync stays on, always.
write_cluster_settings() {
  local data="$1" memory_mb disk_mb buffers_mb wal_mb
  memory_mb=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB/\1/p' /proc/meminfo) / 1024))
  disk_mb=$(df -Pm "$(dirname "$data")" | awk 'NR == 2 {print $4}')
  buffers_mb="${GASWORKS_SHARED_BUFFERS_MB:-$(between 64 $((memory_mb * 15 / 100)) 4096)}"
  wal_mb="$(between 512 $((disk_mb / 5)) 16384)"
  as_cluster_user tee "$data/gasworks.conf" >/dev/null <<CONF
listen_addresses = ''
unix_socket_permissions = 0700
port = 5432
max_connections = 200
shared_buffers = ${buffers_mb}MB
effective_cache_size = $((memory_mb / 2))MB
work_mem = $(between 8 $((memory_mb / 200)) 128)MB
maintenance_work_mem = $(between 64 $((memory_mb / 32)) 1024)MB
max_wal_size = ${wal_mb}MB
min_wal_size = $(between 80 $((wal_mb / 8)) 1024)MB
wal_compression = lz4
checkpoint_timeout = 15min
jit = off
random_page_cost = 1.1
fsync = on
synchronous_commit = on
full_page_writes = on
timezone = 'UTC'
log_timezone = 'UTC'
logging_collector = on
log_directory = 'log'
log_filename = 'postgresql-%a.log'
log_truncate_on_rotation = on
log_rotation_age = 1d
log_rotation_size = 0
log_line_prefix = '%m [%p] %u@%d '
log_min_duration_statement = 2s
log_lock_waits = on
log_checkpoints = off
CONF
  as_cluster_user sh -c 'grep -qx "include = .gasworks.conf." "$0" || echo "include = '\''gasworks.conf'\''" >>"$0"' "$data/postgresql.conf"
  as_cluster_user tee "$data/pg_hba.conf" >/dev/null <<'CONF'
local all all peer map=gasworks
CONF
  write_identities | as_cluster_user tee "$data/pg_ident.conf" >/dev/null
}

between() {
  local low="$1" value="$2" high="$3"
  [ "$value" -lt "$low" ] && value="$low"
  [ "$value" -gt "$high" ] && value="$high"
  echo "$value"
}

# The account that runs this script may be any of the product's roles; nobody else can reach the socket at all.
write_identities() {
  local account role
  for account in $(printf '%s\n' "$(cluster_user)" "$(id -un)" | sort -u); do
    for role in postgres gasworks_admin gasworks_web gasworks_worker gasworks_report; do
      echo "gasworks $account $role"
    done
  done
}

super_psql() {
  "$(cluster_bin)/psql" -X -q -v ON_ERROR_STOP=1 -h "$(cluster_socket)" -U postgres "$@"
}

make_roles() {
  say "making roles and databases"
  super_psql -d postgres -f "$ROOT/scripts/cluster.sql" >/dev/null
  make_database gasworks_blank
  super_psql -d gasworks_blank -c 'ALTER DATABASE gasworks_blank IS_TEMPLATE true' >/dev/null
  make_database gasworks
}

# make_database NAME: owned by gasworks_owner, with the extensions that only a superuser may create.
make_database() {
  local name="$1"
  if [ -z "$(super_psql -d postgres -At -c "SELECT 1 FROM pg_database WHERE datname = '$name'")" ]; then
    super_psql -d postgres -c "CREATE DATABASE $name OWNER gasworks_owner TEMPLATE template0
      ENCODING 'UTF8' LC_COLLATE 'C.UTF-8' LC_CTYPE 'C.UTF-8'"
  fi
  super_psql -d "$name" -c "SET client_min_messages = warning" \
    -c "CREATE EXTENSION IF NOT EXISTS postgis" -c "CREATE EXTENSION IF NOT EXISTS pg_trgm" \
    -c "CREATE EXTENSION IF NOT EXISTS btree_gist" -c "CREATE EXTENSION IF NOT EXISTS pgcrypto"
}

stop_cluster() {
  local data socket
  data="$(cluster_data)"
  if server_alive "$data"; then stop_server "$data"; fi
  socket="$(cluster_socket)"
  case "$socket" in */gasworks.*) rm -rf "$socket" ;; esac
}

command_db() {
  case "${1:-status}" in
    start)
      ensure_var
      ensure_packages
      ensure_cluster
      ;;
    stop) locked cluster stop_cluster ;;
    status)
      if cluster_running; then echo "running: $(cluster_data), socket $(cluster_socket)"; else
        echo "stopped: $(cluster_data)"
        return 3
      fi
      ;;
    recreate)
      [ "${2:-}" = --yes ] || die "this removes everything in the database gasworks; say ./run db recreate --yes"
      ensure_var
      ensure_packages
      ensure_venv
      ensure_cluster
      stop_services
      rm -f "$VAR/stamps/demo" "$VAR/logins"
      fresh_database gasworks
      ;;
    *) die "./run db start|stop|status|recreate" ;;
  esac
}

command_clean() {
  local data
  [ -d "$VAR" ] || return 0
  stop_services
  locked cluster stop_cluster
  data="$(cluster_data)"
  case "$data" in
    "$VAR/pg") rm -rf "$data" ;;
    "/var/lib/gasworks/$CHECKOUT_HASH")
      rm -rf "$data"
      rmdir /var/lib/gasworks 2>/dev/null || true
      ;;
    *) say "left alone: $data" ;;
  esac
  if [ -d "$VAR/backups" ]; then
    say "kept: var/backups (remove it by hand)"
    find "$VAR" -mindepth 1 -maxdepth 1 -not -name backups -exec rm -rf {} +
  else
    rm -rf "$VAR"
  fi
  rm -rf "$VENV" "$ROOT"/{node_modules,.hypothesis,.mypy_cache,.ruff_cache} "$ROOT/src/gasworks/console/static/dist"
  find "$ROOT/src" -name '*.mo' -delete
  find "$ROOT" -name __pycache__ -prune -exec rm -rf {} +
}

command_psql() {
  local role="${GASWORKS_DB_ROLE:-admin}" name="${GASWORKS_DB_NAME:-gasworks}"
  if [ -n "${GASWORKS_DATABASE_URL:-}" ]; then
    PGUSER="gasworks_$role" exec psql "$GASWORKS_DATABASE_URL" "$@"
  fi
  ensure_packages
  ensure_cluster
  if [ "$role" = admin ]; then export PGOPTIONS="-c role=gasworks_owner"; fi
  exec "$(cluster_bin)/psql" -h "$(cluster_socket)" -U "gasworks_$role" -d "$name" "$@"
}
