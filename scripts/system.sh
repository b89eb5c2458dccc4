# Packages of the operating system: only what is missing, and only as root.

# Each line: a test that succeeds when the thing is there, then the package that brings it.
missing_packages() {
  local major
  python3 -c 'import ensurepip, venv' 2>/dev/null || echo python3-venv
  if [ -z "${GASWORKS_DATABASE_URL:-}" ] && ! postgres_bin >/dev/null; then
    major="$(installable_postgres)"
    echo "postgresql-$major"
    echo "postgresql-$major-postgis-3"
  fi
  ldconfig_has libgdal.so || echo gdal-bin
  command -v msgfmt >/dev/null || echo gettext
  ldconfig_has libpango-1.0.so || echo libpango-1.0-0
  ldconfig_has libpangoft2-1.0.so || echo libpangoft2-1.0-0
  ldconfig_has libharfbuzz-subset.so || echo libharfbuzz-subset0
  ls /usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc >/dev/null 2>&1 || echo fonts-noto-cjk
}

missing_test_packages() {
  find_chromium >/dev/null || echo chromium
  command -v pdftotext >/dev/null || echo poppler-utils
}

find_chromium() {
  command -v chromium || command -v chromium-browser || command -v google-chrome
}

# No pipe into grep -q: it closes early, ldconfig dies of it, and pipefail calls a library missing now and then.
ldconfig_has() {
  case "$(PATH="$PATH:/sbin:/usr/sbin" ldconfig -p)" in *"$1"*) return 0 ;; *) return 1 ;; esac
}

# The newest PostgreSQL from 15 on that has PostGIS beside it.
postgres_bin() {
  local major
  for major in 18 17 16 15; do
    if [ -x "/usr/lib/postgresql/$major/bin/initdb" ] &&
      [ -f "/usr/share/postgresql/$major/extension/postgis.control" ] &&
      [ -f "/usr/share/postgresql/$major/extension/btree_gist.control" ]; then
      echo "/usr/lib/postgresql/$major/bin"
      return 0
    fi
  done
  return 1
}

installable_postgres() {
  local major
  for major in 15 16 17 18; do
    if apt-cache show "postgresql-$major-postgis-3" >/dev/null 2>&1; then
      echo "$major"
      return 0
    fi
  done
  echo 15
}

# ensure_packages: install, or name exactly what an administrator must install, and stop.
ensure_packages() {
  local wanted
  mapfile -t wanted < <(wanted_packages)
  [ ${#wanted[@]} -eq 0 ] && return 0
  command -v apt-get >/dev/null || die "these packages are missing and apt-get is not here: ${wanted[*]}"
  is_root || die "an administrator must first run: apt-get install --no-install-recommends ${wanted[*]}"
  install_packages
}

wanted_packages() {
  missing_packages
  if [ "${WITH_TESTS:-}" = 1 ]; then missing_test_packages; fi
}

install_packages() {
  local wanted
  ensure_var
  say "updating the list of packages"
  apt_get update -qq || say "the list of packages could not be renewed; trying with the one that is here"
  # The names may depend on the list just read (which PostgreSQL there is).
  mapfile -t wanted < <(wanted_packages)
  say "installing ${wanted[*]}"
  keep_apt_from_making_a_cluster
  if ! apt_get install -y -qq --no-install-recommends "${wanted[@]}" >"$VAR/log/apt.log" 2>&1; then
    tail -20 "$VAR/log/apt.log" >&2
    die "apt-get could not install: ${wanted[*]}"
  fi
}

apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=500 "$@" </dev/null
}

# Debian's package would make and start a cluster of its own. Where PostgreSQL is new here nobody wants that one.
keep_apt_from_making_a_cluster() {
  [ -z "${GASWORKS_DATABASE_URL:-}" ] || return 0
  [ -d /etc/postgresql-common ] && return 0
  mkdir -p /etc/postgresql-common
  echo 'create_main_cluster = false' >/etc/postgresql-common/createcluster.conf
}
