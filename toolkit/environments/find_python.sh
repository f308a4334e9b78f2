#!/bin/sh
# Print a Python that can make virtual environments: 3.13, which Agents embed, else 3.12, 3.11, or a newer python3.
#
#   find_python.sh          prints the best that is installed
#   find_python.sh 3.13     prints one of this version
#
# Looks on the PATH and among the versions of pyenv. Prints nothing and exits with 1 where there is none.
set -eu

usable() { # interpreter, condition on the version `v`
    # A shim of pyenv is on the PATH also while its version is off, and the Python of Debian comes without ensurepip.
    "$1" -c "import ensurepip, sys, venv; v = sys.version_info[:2]; sys.exit(not ($2))" 2>/dev/null
}

pyenv=${PYENV_ROOT:-$HOME/.pyenv}/versions
for version in ${1:-3.13 3.12 3.11}; do
    for python in "python$version" "$pyenv/$version".*/bin/python; do
        if usable "$python" "v == tuple(map(int, '$version'.split('.')))"; then
            "$python" -c 'import sys; print(sys.executable)'
            exit
        fi
    done
done
if [ $# -eq 0 ] && usable python3 'v >= (3, 11)'; then
    python3 -c 'import sys; print(sys.executable)'
    exit
fi
exit 1
