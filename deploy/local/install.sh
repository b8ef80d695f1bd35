#!/bin/sh
# Installs requirements/$1.txt into .venv with the first Python that can; says what is missing if none can.
oldest='import sys; sys.exit(sys.version_info < (3, 11))'
too_old=
lacking=
for python in .venv/bin/python python3 python3.13 python3.12 python3.11 python3.14; do
    version=$("$python" -c 'import platform; print(platform.python_version())' 2>/dev/null) || continue
    if ! "$python" -c "$oldest"; then
        too_old="$too_old $version"
    elif ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        lacking=$version
    else
        exec "$python" -m deploy.local.install "$1"
    fi
done
if [ "$lacking" ]; then
    echo "Firstfill: Python $lacking is here, but without its venv module. Debian and Ubuntu: apt install python3-venv" >&2
elif [ "$too_old" ]; then
    echo "Firstfill: needs Python 3.11 or newer, found only:$too_old. Debian and Ubuntu: apt install python3.11 python3.11-venv" >&2
else
    echo "Firstfill: needs Python 3.11 or newer, found none. Debian and Ubuntu: apt install python3 python3-venv" >&2
fi
exit 1
