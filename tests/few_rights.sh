#!/bin/sh
# The whole course where little is allowed: no network, a read-only checkout whose path holds spaces
# and Chinese characters, a user without a home, two notebooks at a time.
#
#     sudo sh tests/few_rights.sh [PYTHON]
#
# Linux; only root can cut a network off and become nobody. Sets up a clone of what is committed in a
# temporary folder, with the network on, then tests it without. PYTHON must be one that every user
# may run, such as /usr/bin/python3 (the default).
set -eu
python=${1:-/usr/bin/python3}
source=$(cd "$(dirname "$0")/.." && pwd)
folder="$(mktemp -d)/课程 copy"
mkdir "$folder"
chmod a+rx "$folder" "$(dirname "$folder")"
git clone --quiet "$source" "$folder/gan keras"
cd "$folder/gan keras"
make setup PYTHON="$python"
.venv/bin/python -m compileall -q gan_keras tests notebooks
chmod -R a-w,a+rX .

nobody() {
  unshare --net -- sh -c 'ip link set lo up; exec setpriv --reuid=65534 --regid=65534 --clear-groups \
    env --ignore-environment PATH=/usr/bin:/bin HOME=/nonexistent LANG=C.UTF-8 "$@"' sh "$@"
}

nobody sh -c '! touch here 2>/dev/null && ! mkdir -p "$HOME" 2>/dev/null'
nobody .venv/bin/python -m pytest -q -n 2 --dist loadfile -p no:cacheprovider
nobody .venv/bin/python -m pytest -q -n 2 --dist loadfile -p no:cacheprovider --nbval notebooks
nobody .venv/bin/python notebooks/tools/run.py --only 00
rm -rf "$(dirname "$folder")"
