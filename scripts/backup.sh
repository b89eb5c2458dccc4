# Backups and restoring. The work is done by gasworks.foundation.backups; here are the names, and the proof after it.

command_backup() {
  set_up
  manage_as admin backup "$@" </dev/null
}

# Into a new database beside the present one; --swap then puts it in the place of the present one, which is kept.
command_restore() {
  local archive="" into="" swap=0
  while [ $# -gt 0 ]; do
    case "$1" in
      --into)
        into="${2:-}"
        shift
        ;;
      --swap) swap=1 ;;
      *) archive="$1" ;;
    esac
    shift
  done
  [ -n "$archive" ] || die "./run restore ARCHIVE [--into NAME] [--swap]"
  [ -d "$archive" ] || die "there is no folder $archive"
  archive="$(cd "$archive" && pwd -P)"
  [ -n "$into" ] || into="gasworks_restored_$(date -u +%Y%m%d_%H%M%S)"
  case "$into" in *[!a-z0-9_]* | '') die "a database's name here is small letters, digits and _" ;; esac
  ensure_var
  ensure_packages
  ensure_venv
  ensure_cluster
  manage_as admin restore "$archive" --into "$into" </dev/null
  GASWORKS_DB_NAME="$into" manage_as admin invariants </dev/null
  if [ "$swap" = 1 ]; then swap_in "$into"; else
    say "to look at it: GASWORKS_DB_NAME=$into ./run psql    to use it: ./run restore … --swap"
  fi
}

swap_in() {
  local kept
  [ -z "${GASWORKS_DATABASE_URL:-}" ] || die "on a server of your own, rename the databases yourself: $1 is ready"
  stop_services
  kept="gasworks_before_$(date -u +%Y%m%d_%H%M%S)"
  super_psql -d postgres -c "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'gasworks'" >/dev/null
  super_psql -d postgres -c "ALTER DATABASE gasworks RENAME TO $kept" -c "ALTER DATABASE $1 RENAME TO gasworks"
  rm -f "$VAR/stamps/migrated-gasworks"
  say "$1 is now the database; the former one is kept as $kept"
}
