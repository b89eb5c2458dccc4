# Paths, words and stamps that every part uses.

VAR="${GASWORKS_VAR:-$ROOT/var}"
VENV="$ROOT/.venv"
PYTHON="$VENV/bin/python"
CHECKOUT_HASH="$(printf '%s' "$VAR" | sha256sum | cut -c1-12)"
STARTED_AT="$(date +%s)"

# Without compiled modules each start of Django costs five seconds instead of one.
unset PYTHONDONTWRITEBYTECODE

say() { printf '\033[2m%s\033[0m\n' "$*" >&2; }
die() {
  printf 'run: %s\n' "$*" >&2
  exit 1
}

is_root() { [ "$(id -u)" -eq 0 ]; }

# ensure_var: the folder of all that is made here and not kept in git. PostgreSQL may have to walk through it.
ensure_var() {
  mkdir -p "$VAR/stamps" "$VAR/log" || die "cannot write to $VAR; use a checkout that belongs to you"
  chmod 755 "$VAR"
}

# digest FILE...: one hash over names and contents; a missing file counts as such.
digest() {
  local file
  for file in "$@"; do
    printf '%s ' "${file#"$ROOT"/}"
    if [ -f "$file" ]; then sha256sum <"$file"; else echo missing; fi
  done | sha256sum | cut -c1-64
}

# tree_digest FOLDER...: one hash over every file below.
tree_digest() {
  find "$@" -type f -not -name '*.pyc' -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum | cut -c1-64
}

stamped() { [ "$(cat "$VAR/stamps/$1" 2>/dev/null)" = "$2" ]; }
stamp() { printf '%s\n' "$2" >"$VAR/stamps/$1"; }

# locked NAME COMMAND...: one at a time in this checkout. Never call it in a condition: bash would then go on after errors.
# A server that the command starts must close LOCK_DESCRIPTOR, or it would hold the lock for its whole life.
locked() {
  local name="$1"
  shift
  ensure_var
  exec {LOCK_DESCRIPTOR}>"$VAR/$name.lock"
  flock "$LOCK_DESCRIPTOR"
  "$@"
  exec {LOCK_DESCRIPTOR}>&-
}
