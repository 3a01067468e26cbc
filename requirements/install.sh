#!/bin/sh
# Makes .venv and installs one lock file into it. Called by the Makefile as: requirements/install.sh run|test
# Every failure a newcomer can meet ends in one sentence that says what to do.
set -eu
lock="requirements/$1.lock"
venv=.venv

stop() {
    printf '\n%s\n' "$1" >&2
    exit 1
}

fits() {
    "$1" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' >/dev/null 2>&1
}

has_venv() {
    "$1" -c 'import ensurepip, venv' >/dev/null 2>&1
}

# The first Python that fits and can make an environment; failing that, say what is missing.
find_python() {
    bare=
    for name in ${PYTHON:-python3.11 python3.12 python3.13 python3}; do
        if fits "$name"; then
            if has_venv "$name"; then
                printf '%s' "$name"
                return
            fi
            bare=${bare:-$name}
        fi
    done
    if [ -n "$bare" ]; then
        stop "$bare cannot make a virtual environment because its venv module is missing: install it (Debian, Ubuntu: apt install $(basename "$bare")-venv) and run make again."
    fi
    found=$(python3 --version 2>/dev/null || printf 'no python3 at all')
    stop "Python 3.11, 3.12 or 3.13 is needed and this machine offers ${PYTHON:-$found}: install one (Debian, Ubuntu: apt install python3 python3-venv; macOS: brew install python@3.13), or name one with: make PYTHON=/path/to/python3.13"
}

make_venv() {
    python=$(find_python) || exit 1
    printf 'Making %s with %s\n' "$venv" "$("$python" --version)"
    rm -rf "$venv"
    "$python" -m venv "$venv" || stop "$python could not make $venv: check that this folder is writable and the disk not full."
}

remedy() {
    if [ "$(uname -sm)" = "Darwin x86_64" ]; then
        printf '%s' 'on an Intel Mac the package cryptography is built here and needs its tools first: brew install rust openssl@3'
    else
        printf '%s' 'the lines above say why; packages come over the network from the Python package index that pip is set up for.'
    fi
}

# pip's own progress is a page of text; one counter is enough. awk hands pip's failure on.
install() {
    total=$(grep -c '^[a-z0-9].*==' "$lock")
    printf 'Installing %s packages from %s\n' "$total" "$lock"
    tty=0
    [ -t 1 ] && tty=1
    {
        pip install --require-hashes --progress-bar off -r "$lock" &&
            printf 'Collecting the-project\n' &&
            pip install --quiet --no-deps --no-build-isolation -e . || printf 'PIP-FAILED\n'
    } | awk -v total="$total" -v tty="$tty" '
        /^(Collecting|Processing) / { n++; if (n <= total) printf tty ? "\r  %d of %d " : ".", n, total; fflush() }
        /^Installing collected/ { printf tty ? "\r  writing files " : " writing files"; fflush() }
        /^PIP-FAILED/ { failed = 1 }
        END { print ""; exit failed }
    ' || stop "Installing failed: $(remedy)"
}

pip() {
    "$venv/bin/python" -m pip --disable-pip-version-check --no-input "$@"
}

if ! fits "$venv/bin/python" || ! "$venv/bin/python" -m pip --version >/dev/null 2>&1; then
    make_venv
fi
install
printf 'Ready: %s, %s MB\n' "$venv" "$(du -sk "$venv" | awk '{ print int($1 / 1024) }')"
