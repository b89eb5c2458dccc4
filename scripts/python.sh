# The virtual environment: exactly the libraries of requirements.lock, each checked by its hash.

ensure_venv() {
  local mark
  mark="$(digest "$ROOT/requirements.lock" "$ROOT/pyproject.toml")-$ROOT"
  if stamped venv "$mark" && [ -x "$VENV/bin/granian" ] && "$PYTHON" -c '' 2>/dev/null; then return 0; fi
  locked setup make_venv "$mark"
}

make_venv() {
  local mark="$1"
  stamped venv "$mark" && [ -x "$VENV/bin/granian" ] && "$PYTHON" -c '' 2>/dev/null && return 0
  say "installing the libraries"
  python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || die "Python 3.11 or newer is needed"
  "$PYTHON" -c '' 2>/dev/null || python3 -m venv --clear "$VENV"
  # A moved checkout leaves scripts that point to the old place.
  grep -qF "$VENV" "$VENV/bin/activate" || python3 -m venv --clear "$VENV"
  ensure_uv
  # The lock file was made for any platform; uv checks each hash and removes what is not in it.
  "$VENV/bin/uv" pip sync -q --compile-bytecode --python "$PYTHON" --require-hashes "$ROOT/requirements.lock" </dev/null
  "$VENV/bin/uv" pip install -q --python "$PYTHON" --no-build-isolation --no-deps --editable "$ROOT" </dev/null
  stamp venv "$mark"
}

# uv itself comes by pip, held to the same lock file.
ensure_uv() {
  local pins="$VAR/uv.pin"
  awk '/^uv==/ {on = 1} on && !/^(uv==|    --hash)/ {exit} on' "$ROOT/requirements.lock" | sed '$ s/ \\$//' >"$pins"
  case "$("$VENV/bin/uv" --version 2>/dev/null)" in *"$(sed -n 's/^uv==\([^ ]*\).*/\1/p' "$pins")"*) return 0 ;; esac
  "$PYTHON" -m pip install -q --disable-pip-version-check --require-hashes --no-deps -r "$pins" </dev/null
}

command_lock() {
  ensure_var
  ensure_packages
  ensure_venv
  (cd "$ROOT" && "$VENV/bin/uv" pip compile -q pyproject.toml --all-extras --universal --generate-hashes \
    --python-version 3.11 --custom-compile-command './run lock' --no-emit-index-url -o requirements.lock)
  (cd "$ROOT" && npm install --package-lock-only)
  if grep -nE '://' "$ROOT/requirements.lock"; then die "requirements.lock holds addresses"; fi
  "$PYTHON" - "$ROOT/package-lock.json" <<'PYTHON'
import json, sys
lock = json.load(open(sys.argv[1], encoding="utf-8"))
for package in lock["packages"].values():
    package.pop("funding", None)  # addresses where one may donate
with open(sys.argv[1], "w", encoding="utf-8") as file:
    file.write(json.dumps(lock, indent=2, ensure_ascii=False) + "\n")
PYTHON
  if grep -nE 'https?://' "$ROOT/package-lock.json"; then die "package-lock.json holds addresses"; fi
}
