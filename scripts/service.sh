# Serving: web, worker and relay, watched over by one supervisor.

BIND="${GASWORKS_BIND:-127.0.0.1}"

command_serve() {
  set_up
  ensure_static
  serve
}

# serve: in the foreground until Ctrl-C; a second one in the same checkout only tells where the first one is.
serve() {
  local port url
  if url="$(served_address)"; then
    say "already served by another ./run of this checkout"
    print_banner "$url"
    return 0
  fi
  port="$(free_port)"
  print_banner "http://$BIND:$port" >"$VAR/banner"
  say "starting web, worker and relay (logs in var/log; Ctrl-C ends them, the database stays)"
  exec "$PYTHON" -m gasworks.project.supervisor --bind "$BIND" --port "$port" --banner "$VAR/banner"
}

print_banner() {
  printf '\nGasworks: %s\n' "$1"
  cat "$VAR/logins" 2>/dev/null || true
  printf '\n'
}

# The address of the supervisor that runs in this checkout, if one does.
served_address() {
  local pid
  pid="$(sed -n 1p "$VAR/services.pid" 2>/dev/null || true)"
  [ -n "$pid" ] && grep -qsa gasworks.project.supervisor "/proc/$pid/cmdline" || return 1
  sed -n 2p "$VAR/services.pid"
}

stop_services() {
  local pid
  served_address >/dev/null || return 0
  pid="$(sed -n 1p "$VAR/services.pid")"
  say "stopping web, worker and relay"
  kill "$pid"
  while [ -d "/proc/$pid" ]; do sleep 0.1; done
}

# The wished port, or from 8000 the first one that nobody listens on.
free_port() {
  python3 - "$BIND" "${GASWORKS_PORT:-}" <<'PY'
import socket, sys
bind, wished = sys.argv[1:]
for port in [int(wished)] if wished else range(8000, 8100):
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((bind, port))
        except OSError:
            continue
        print(port)
        break
else:
    sys.exit(f"run: no free port ({wished or '8000 to 8099'})")
PY
}

# --- the demo city -----------------------------------------------------------------------------------------------

command_demo() {
  local accounts=5000 seed=1 once=0
  while [ $# -gt 0 ]; do
    case "$1" in
      --once) once=1 ;;
      --accounts | --seed)
        case "${2:-}" in '' | *[!0-9]*) die "$1 wants a number" ;; esac
        if [ "$1" = --seed ]; then seed="$2"; else accounts="$2"; fi
        shift
        ;;
      *) die "./run demo knows --accounts N, --seed S and --once, not «$1»" ;;
    esac
    shift
  done
  set_up
  if [ "$once" = 1 ]; then demo_once "$accounts" "$seed"; else
    ensure_city "$accounts" "$seed"
    ensure_static
    serve
  fi
}

# The city is loaded once. A load that was interrupted left half a city behind: then the database is made anew.
ensure_city() {
  local mark="loaded accounts=$1 seed=$2" found
  found="$(cat "$VAR/stamps/demo" 2>/dev/null || true)"
  case "$found" in
    loaded*)
      [ "$found" = "$mark" ] || say "a city is already here ($found); it stays. For another one: ./run clean"
      return 0
      ;;
    loading*)
      say "the last load of the city was interrupted; starting over"
      fresh_database gasworks
      ;;
  esac
  stamp demo "loading"
  load_city "$1" "$2"
  manage_as admin demo_logins </dev/null >"$VAR/logins"
  stamp demo "$mark"
}

load_city() {
  say "building a city of $1 supply points (seed $2)"
  manage_as worker load_demo --accounts "$1" --seed "$2" </dev/null >&2
}

# In a database of its own, so that the same city comes out whatever was here before.
demo_once() {
  local status=0
  [ -z "${GASWORKS_DATABASE_URL:-}" ] || die "--once makes and drops a database of its own; use the private server for it"
  export GASWORKS_DB_NAME=gasworks_once
  fresh_database gasworks_once
  load_city "$1" "$2"
  manage_as admin demo_report --started "$STARTED_AT" </dev/null || status=$?
  if [ "$status" = 0 ]; then drop_database gasworks_once; else
    say "the database gasworks_once is kept: GASWORKS_DB_NAME=gasworks_once ./run psql"
  fi
  return "$status"
}

# fresh_database NAME: empty, with our extensions and tables.
fresh_database() {
  [ -z "${GASWORKS_DATABASE_URL:-}" ] || die "on a server of your own, empty the database $1 yourself"
  drop_database "$1"
  super_psql -d postgres -c "CREATE DATABASE $1 TEMPLATE gasworks_blank OWNER gasworks_owner"
  rm -f "$VAR/stamps/migrated-$1"
  GASWORKS_DB_NAME="$1" ensure_migrated
}

drop_database() { super_psql -d postgres -c "DROP DATABASE IF EXISTS $1 WITH (FORCE)" 2>/dev/null; }
