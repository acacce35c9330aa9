#!/bin/sh
# Fetches packages into a folder of the guest's root without installing them: later.sh ROOT FOLDER PACKAGES...
set -eu
root=$1 folder=$2
shift 2
# The guest's own resolver does not run, so the outer apt fetches for it.
export APT_CONFIG="$MMDEBSTRAP_APT_CONFIG"
apt-get clean # of what is installed by now
apt-get --yes --quiet=2 --download-only --no-install-recommends install "$@"
mkdir -p "$root/$folder"
mv "$root"/var/cache/apt/archives/*.deb "$root/$folder"
