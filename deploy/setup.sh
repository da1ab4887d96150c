#!/usr/bin/env bash
# Makes .venv from the lock file. Every failure is one sentence that names the way out.
set -uo pipefail
lock=$1

fail() { printf 'tongxin: %s\n' "$1" >&2; exit 1; }

usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python=${PYTHON:-}
if [ -n "$python" ]; then
  usable "$python" || fail "PYTHON=$python is not Python 3.11 or newer; name one that is."
else
  for candidate in python3 python3.14 python3.13 python3.12 python3.11; do
    if usable "$candidate"; then python=$candidate; break; fi
  done
  if [ -z "$python" ]; then
    found=$(python3 --version 2>&1 || echo "no python3")
    fail "Python 3.11 or newer is needed, found $found; install one, or name it: make PYTHON=/path/to/python3.12."
  fi
fi

"$python" -c 'import ensurepip, venv' 2>/dev/null ||
  fail "$python cannot make virtual environments; on Debian or Ubuntu: apt install python3-venv."

free=$(df -Pk . | awk 'NR==2 {print $4}')
[ "${free:-0}" -ge 1000000 ] || fail "the disk is nearly full (1 GB is needed here); free some space."

echo "tongxin: making .venv with $("$python" --version)"
rm -rf .venv
"$python" -m venv .venv || fail ".venv could not be made; see above."
echo "tongxin: installing $(grep -cE '^[a-z0-9].*==' "$lock") pinned packages, hashes checked"
# As constraints too: one package asks for pydantic[email], which pip counts as pinned only so.
.venv/bin/python -m pip install --disable-pip-version-check --no-input --progress-bar off -q \
  --require-hashes -r "$lock" -c "$lock" || fail "the packages could not be installed; see above, then run it again."
.venv/bin/python -m pip install --disable-pip-version-check --no-input -q \
  --no-deps --no-build-isolation -e . || fail "the project could not be installed; see above."
echo "tongxin: ready"
