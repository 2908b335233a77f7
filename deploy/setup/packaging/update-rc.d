#!/bin/sh
# Seen by package scripts only, while set-up installs packages: under an old-style init Mosquitto is registered, disabled.
case "$1 $2" in "mosquitto defaults") set -- mosquitto defaults-disabled ;; esac
exec /usr/sbin/update-rc.d "$@"
