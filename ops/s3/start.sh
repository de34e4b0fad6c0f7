#!/bin/sh
# Reads the secrets, which versitygw takes from the environment only, makes the bucket, and serves.
# The receiver of events must listen before: versitygw ends otherwise.
set -eu
secret() { cat "${SECRETS:-/run/secrets}/$1"; }
ROOT_ACCESS_KEY=$(secret colloquy_media__access_key)
ROOT_SECRET_KEY=$(secret colloquy_media__secret_key)
VGW_EVENT_WEBHOOK_URL="https://events:$(secret colloquy_service__hook_secret)@${INTAKE:-intake:8071}/hooks/s3"
export ROOT_ACCESS_KEY ROOT_SECRET_KEY VGW_EVENT_WEBHOOK_URL
root=${OBJECTS:-/objects}
# A bucket is a folder.
mkdir -p "$root/data/${BUCKET:-colloquy-media}" "$root/versions" "$root/iam"
exec "${VERSITYGW:-versitygw}" --port "${LISTEN:-:7070}" \
  --cert "${SECRETS:-/run/secrets}/s3_certificate" --key "${SECRETS:-/run/secrets}/s3_key" --health /health --iam-dir "$root/iam" \
  --event-filter "${EVENTS:-/etc/s3/events.json}" posix --versioning-dir "$root/versions" "$root/data"
