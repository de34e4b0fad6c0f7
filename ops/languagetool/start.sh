#!/bin/sh
# LanguageTool by HTTPS. Its properties and the password of its keystore are one file to it, and the second part is a secret.
set -eu
properties=${TMPDIR:-/tmp}/languagetool.properties
umask 077
folder=${FOLDER:-/etc/languagetool}
cat "$folder/server.properties" "${SECRETS:-/run/secrets}/languagetool_properties" >"$properties"
# Without nodelay every request on a kept connection takes 40 ms more.
exec java -Dsun.net.httpserver.nodelay=true -Djava.security.properties="$folder/java.security" -Xmx1g -cp "${LIBS:-/libs}/*" \
  org.languagetool.server.HTTPSServer --config "$properties" --port "${PORT:-8010}" --public
