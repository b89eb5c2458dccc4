# What is in the database: migrations, the demo city, invariants; and a server of one's own.

manage() { "$PYTHON" "$ROOT/manage.py" "$@"; }
manage_as() {
  local role="$1"
  shift
  GASWORKS_DB_ROLE="$role" manage "$@"
}

ensure_migrated() {
  local mark
  mark="$(migrations_digest)"
  stamped "migrated-$(database_name)" "$mark" && return 0
  locked migrate migrate "$mark"
}

migrate() {
  stamped "migrated-$(database_name)" "$1" && return 0
  say "migrating"
  manage_as admin migrate --noinput -v 0 </dev/null
  stamp "migrated-$(database_name)" "$1"
}

database_name() {
  if [ -n "${GASWORKS_DATABASE_URL:-}" ]; then printf '%s' "$GASWORKS_DATABASE_URL" | sha256sum | cut -c1-12; else
    echo "${GASWORKS_DB_NAME:-gasworks}"
  fi
}

migrations_digest() {
  {
    find "$ROOT/src" \( -path '*/migrations/*' -o -path '*/models/*' -o -name 'models.py' -o -name '*.sql' \
      -o -path '*/foundation/*.py' \) -type f -not -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum
    sha256sum <"$ROOT/requirements.lock"
  } | sha256sum | cut -c1-64
}

# A server of your own: look before touching, and say what its administrator must run.
check_external_server() {
  stamped external "$(database_name)-$(digest "$ROOT/scripts/cluster.sql")" && return 0
  "$PYTHON" -m gasworks.project.cluster check || exit 1
  stamp external "$(database_name)-$(digest "$ROOT/scripts/cluster.sql")"
}

set_up() {
  ensure_var
  ensure_packages
  ensure_venv
  ensure_assets
  ensure_messages
  ensure_cluster
  ensure_migrated
}

command_manage() {
  ensure_var
  ensure_packages
  ensure_venv
  ensure_cluster
  GASWORKS_DB_ROLE="${GASWORKS_DB_ROLE:-admin}" exec "$PYTHON" "$ROOT/manage.py" "$@"
}

command_invariants() {
  set_up
  GASWORKS_DB_ROLE="${GASWORKS_DB_ROLE:-admin}" exec "$PYTHON" "$ROOT/manage.py" invariants "$@"
}

command_bench() {
  local name="${1:-}"
  [ -n "$name" ] || die "./run bench billing|payments|pages|rating|rebill|simulate [options]"
  shift
  [ -f "$ROOT/bench/$name.py" ] || die "there is no bench/$name.py"
  set_up
  cd "$ROOT" && exec "$PYTHON" -m "bench.$name" "$@"
}
