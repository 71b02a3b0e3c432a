#!/bin/sh
# What both containers are made by, as root, in a folder with the lock.
set -eu
apt-get update
apt-get install --yes --no-install-recommends libexpat1 make
rm -rf /var/lib/apt/lists/*
python3 -m venv /opt/lccs-inputs
/opt/lccs-inputs/bin/pip install --no-cache-dir --disable-pip-version-check \
  --require-hashes --requirement requirements.txt
mv requirements.txt /opt/lccs-inputs/
