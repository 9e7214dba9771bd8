# shellcheck shell=bash
# What serve and test share: messages, and the system packages that Gatehouse needs. Sourced, not run.

# Everything here speaks on standard error, so that the standard output of `serve --json` holds its JSON alone.
say() { printf '==> %s\n' "$*" >&2; }
fail() {
    printf 'error: %s\n' "$*" >&2
    exit 1
}

# The libraries that Gatehouse links. Beside them it takes the PostgreSQL server that it runs where nobody gives it a
# database: one that is installed, or else the one that the system offers.
readonly build_packages=(pkg-config libpq-dev libssl-dev libargon2-dev libcrypt-dev libcrack2-dev liboath-dev libqrencode-dev zlib1g-dev)
readonly server_packages=(cracklib-runtime)
readonly oldest_postgres=15
# Older releases of PostgreSQL 15 keep query plans that ignore a change of row-level security.
readonly postgres_floor=15.19

# Sees to a Swift toolchain and all packages that a build and a running server need. Takes no time where all is there.
prepare_system() {
    command -v swift >/dev/null ||
        fail "no Swift toolchain found; install Swift 6.3 or later from https://www.swift.org/install/linux/ and run this again"
    install_missing "${build_packages[@]}" "${server_packages[@]}"
    install_postgres
    require_current_postgres
}

# The package of the newest PostgreSQL server that is installed and new enough; nothing where there is none.
installed_postgres() {
    dpkg-query --show --showformat='${db:Status-Status} ${Package}\n' 'postgresql-[0-9]*' 2>/dev/null |
        sed -n 's/^installed postgresql-\([0-9]*\)$/\1/p' | sort -n |
        awk -v oldest="$oldest_postgres" '$1 >= oldest { newest = "postgresql-" $1 } END { if (newest) print newest }'
}

# Installs the server that this release of the system comes with, where none is there that is new enough.
install_postgres() {
    [ -z "$(installed_postgres)" ] || return 0
    [ -n "$(apt-cache depends postgresql 2>/dev/null)" ] || refresh_package_lists
    local package
    package=$(offered_postgres)
    install_missing "$package"
}

# The package of the server that this release of the system comes with.
offered_postgres() {
    local package
    package=$(apt-cache depends postgresql 2>/dev/null | sed -n 's/^ *Depends: \(postgresql-[0-9]*\)$/\1/p')
    [ -n "$package" ] || fail "this system's package sources offer no PostgreSQL; add its main section, or install PostgreSQL $oldest_postgres or later"
    [ "${package#postgresql-}" -ge "$oldest_postgres" ] ||
        fail "this system offers $package; install PostgreSQL $oldest_postgres or later, from https://www.postgresql.org/download/linux/"
    echo "$package"
}

# Installs those of the named Debian packages that are missing. Does nothing, and asks nobody, where none is.
install_missing() {
    command -v dpkg-query >/dev/null ||
        fail "this is no Debian system; install what these Debian packages hold, then build with \`swift build\`: $*"
    local missing=()
    local package
    for package in "$@"; do
        is_installed "$package" || missing+=("$package")
    done
    [ "${#missing[@]}" -eq 0 ] && return
    say "installing ${missing[*]}"
    require_root "apt-get update && apt-get install --yes ${missing[*]}"
    # Lists that are there may be old, and name versions that are gone.
    refresh_package_lists
    with_no_main_cluster as_root apt-get install --yes --no-install-recommends "${missing[@]}"
}

# The same for a server, of which only the program is wanted: it is not started, now or when the machine starts.
install_missing_idle() {
    local policy=/usr/sbin/policy-rc.d
    is_installed "$1" && return
    require_root "apt-get update && apt-get install --yes $1"
    # Debian's way of saying that an installation starts nothing. Where one is there already, it has its reasons.
    local is_ours=false
    if [ ! -e "$policy" ]; then
        as_root sh -c "printf '#!/bin/sh\nexit 101\n' >$policy && chmod 755 $policy"
        is_ours=true
    fi
    local status=0
    (install_missing "$1") || status=$?
    if "$is_ours"; then as_root rm -f "$policy"; fi
    if [ -d /run/systemd/system ]; then as_root systemctl disable "$1" || true; fi
    return "$status"
}

# Brings an installed PostgreSQL 15 up to the floor, where no newer one is there.
require_current_postgres() {
    [ "$(installed_postgres)" = postgresql-15 ] || return 0
    has_current_postgres && return
    say "PostgreSQL $(installed_version postgresql-15) is older than $postgres_floor, which mends row-level security"
    require_root "apt-get update && apt-get install --yes --only-upgrade postgresql-15"
    refresh_package_lists
    as_root apt-get install --yes --only-upgrade postgresql-15
    has_current_postgres ||
        fail "this system offers no PostgreSQL $postgres_floor; add Debian's security updates to the package sources"
}

has_current_postgres() { dpkg --compare-versions "$(installed_version postgresql-15)" ge "$postgres_floor"; }

is_installed() { [ "$(dpkg-query --show --showformat='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }

installed_version() { dpkg-query --show --showformat='${Version}' "$1"; }

refresh_package_lists() {
    say "refreshing the lists of packages"
    as_root apt-get update
}

# Where root serves, the private database runs as postgres, who has to get through to its data.
require_reachable() {
    [ "$(id -u)" -eq 0 ] || return 0
    local path=$1 beyond=
    while [ "$path" != / ]; do
        setpriv --reuid=postgres --regid=postgres --clear-groups test -x "$path" || beyond=$path
        path=$(dirname "$path")
    done
    [ -z "$beyond" ] ||
        fail "the private database runs as postgres, who may not enter $beyond: chmod o+x $beyond, or clone elsewhere, such as below /opt, or run this as an ordinary user"
}

# Ends with what a person has to run instead, where this script may not do it.
require_root() {
    [ "$(id -u)" -eq 0 ] || command -v sudo >/dev/null || fail "this needs root and there is no sudo; run as root: $1"
}

# Runs a command as root, and says so where that takes another right than one's own.
as_root() {
    local command=(env DEBIAN_FRONTEND=noninteractive "$@")
    if [ "$(id -u)" -ne 0 ]; then
        say "sudo ${command[*]}"
        command=(sudo "${command[@]}")
    fi
    "${command[@]}" >&2
}

# Debian's package of the server would start a cluster of its own on port 5432; Gatehouse keeps its own elsewhere.
# The setting holds for the command given, and never where the server was installed before.
with_no_main_cluster() {
    local settings=/etc/postgresql-common/createcluster.d
    if [ -n "$(installed_postgres)" ]; then
        "$@"
        return
    fi
    as_root install -d "$settings"
    as_root sh -c "echo 'create_main_cluster = false' >$settings/gatehouse.conf"
    local status=0
    "$@" || status=$?
    as_root rm -f "$settings/gatehouse.conf"
    return "$status"
}
