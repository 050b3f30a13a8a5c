#!/bin/sh
# Starts the desktop program in a real window without a screen or a GPU, and takes a picture of it.
#
#   .ci/ui-window.sh PICTURE.png [ARGUMENT OF rcshark-ui...]
#
# SIZE   the screen, 1280x800 if not set
# KEYS   what is typed before the picture is taken, as xdotool names keys: "Down Down ctrl+t"
#
# Debian: xvfb xdotool imagemagick libgl1-mesa-dri. Fails when the program ends early, or no window with its name comes.
set -eu

[ $# -ge 1 ] || { sed -n '2,9s/^# \{0,1\}//p' "$0" >&2; exit 2; }
picture=$1
shift
size=${SIZE:-1280x800}
root=$(cd "$(dirname "$0")/.." && pwd)
program=${CARGO_TARGET_DIR:-$root/target}/debug/rcshark-ui

# With --tests, which chooses the same crate features as `cargo test` does: nothing is built twice.
cargo build --quiet --manifest-path "$root/Cargo.toml" --package rcshark-ui --bins --tests

work=$(mktemp -d)
screen= window=
trap 'kill $window $screen 2>/dev/null || true; wait; rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

# The X server picks a free display and tells its number.
Xvfb -displayfd 3 -screen 0 "${size}x24" -nolisten tcp 3>"$work/display" 2>"$work/xvfb.log" &
screen=$!
for _ in $(seq 100); do [ -s "$work/display" ] && break; sleep 0.1; done
[ -s "$work/display" ] || { echo "Xvfb does not start:" >&2; cat "$work/xvfb.log" >&2; exit 1; }
DISPLAY=:$(cat "$work/display")
export DISPLAY LIBGL_ALWAYS_SOFTWARE=1 XDG_RUNTIME_DIR="$work"
unset WAYLAND_DISPLAY

"$program" "$@" 2>"$work/log" &
window=$!
id=
for _ in $(seq 300); do
    kill -0 "$window" 2>/dev/null || { echo "rcshark-ui ended:" >&2; cat "$work/log" >&2; exit 1; }
    id=$(xdotool search --onlyvisible --name rcshark 2>/dev/null | head -n 1) && [ -n "$id" ] && break
    sleep 0.1
done
[ -n "$id" ] || { echo "no window came" >&2; cat "$work/log" >&2; exit 1; }
# No window manager is there to do it.
xdotool windowmove "$id" 0 0 windowsize "$id" "${size%x*}" "${size#*x}" windowfocus "$id"
sleep "${WAIT_SECONDS:-3}"
for key in ${KEYS:-}; do
    xdotool key "$key"
    sleep 0.3
done
[ -z "${KEYS:-}" ] || sleep 1
import -window root "$picture"
kill -0 "$window" 2>/dev/null || { echo "rcshark-ui ended:" >&2; cat "$work/log" >&2; exit 1; }
echo "$picture"
