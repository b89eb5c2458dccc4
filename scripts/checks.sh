# Tests and checks. ./run test is what the README and .ci/run call.

PYTEST_WORKERS="${GASWORKS_TEST_WORKERS:-2}"

command_test() {
  local marks="not full"
  if [ "${1:-}" = --full ]; then
    marks="full or not full"
    export GASWORKS_FULL=1
    shift
  fi
  set_up_for_tests
  run_tests "$marks" "$@"
}

set_up_for_tests() {
  export WITH_TESTS=1
  ensure_var
  ensure_packages
  ensure_venv
  ensure_assets
  ensure_messages
  ensure_cluster
}

# One file stays on one worker, so that what a file shares is made once; an idle worker takes over from a busy one.
run_tests() {
  local marks="$1"
  shift
  cd "$ROOT"
  "$PYTHON" -m pytest -m "$marks" -n "$PYTEST_WORKERS" --dist loadfile -p no:cacheprovider "$@" </dev/null
}

command_check() {
  local failed=() tests=1
  if [ "${1:-}" = --no-tests ]; then tests=0; fi
  set_up_for_tests
  cd "$ROOT"
  check_step "format" "$VENV/bin/ruff" format --check --quiet .
  check_step "lint" "$VENV/bin/ruff" check --quiet .
  check_step "types" "$VENV/bin/mypy"
  check_step "import contracts" "$VENV/bin/lint-imports" --no-cache
  check_step "Django" manage_as admin check
  check_step "templates" env DJANGO_SETTINGS_MODULE=gasworks.project.settings "$PYTHON" -m gasworks.project.templates
  check_step "migrations" manage_as admin makemigrations --check --dry-run
  check_step "both languages" "$PYTHON" -m gasworks.project.languages
  check_step "scripts" check_scripts
  if [ "$tests" = 1 ]; then check_step "tests" run_tests "not full"; fi
  [ ${#failed[@]} -eq 0 ] || die "failed: ${failed[*]}"
  say "all checks passed"
}

# Every step runs, so that one look shows everything that is wrong.
check_step() {
  local name="$1" output status=0
  shift
  say "check: $name"
  output="$VAR/log/check.log"
  if [ "$name" = tests ]; then "$@" || status=$?; else "$@" >"$output" 2>&1 </dev/null || status=$?; fi
  if [ "$status" != 0 ]; then
    [ "$name" = tests ] || cat "$output" >&2
    failed+=("$name")
  fi
}

check_scripts() {
  local script
  for script in "$ROOT/run" "$ROOT"/scripts/*.sh "$ROOT/.ci/run"; do bash -n "$script"; done
}
