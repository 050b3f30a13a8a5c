#!/usr/bin/env bash
# Starts the desktop program in a real window without a screen or a GPU, walks through its views by keyboard and mouse, and takes
# a picture of each.
#
#   ui/tests/window.sh FOLDER [CAPTURE...]     pictures go into FOLDER, which is made
#
# SIZE    the screen, 1280x800 if not set
# THEME   dark (if not set) or light
# TOUR    names of the pictures that are wanted, all if not set: "timeline ladder"
#
# Debian: xvfb xdotool imagemagick libgl1-mesa-dri. Fails when the program ends early, no window comes, or two views look the same.
set -euo pipefail

[ $# -ge 1 ] || { sed -n '2,12s/^# \{0,1\}//p' "$0" >&2; exit 2; }
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$1
shift
[ $# -gt 0 ] || set -- "$root/captures/violations.pcapng.gz"
mkdir -p "$folder"
size=${SIZE:-1280x800}
program=${CARGO_TARGET_DIR:-$root/target}/debug/rcshark-ui
[ -n "${NO_BUILD:-}" ] || cargo build --quiet --manifest-path "$root/Cargo.toml" --package rcshark-ui --bins --tests

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

"$program" --forget --theme "${THEME:-dark}" "$@" 2>"$work/log" &
window=$!
ended() { echo "rcshark-ui ended:" >&2; cat "$work/log" >&2; exit 1; }
id=
for _ in $(seq 300); do
    kill -0 "$window" 2>/dev/null || ended
    id=$(xdotool search --onlyvisible --name rcshark 2>/dev/null | head -n 1) && [ -n "$id" ] && break
    sleep 0.1
done
[ -n "$id" ] || { echo "no window came" >&2; cat "$work/log" >&2; exit 1; }
# No window manager is there to do it.
xdotool windowmove "$id" 0 0 windowsize "$id" "${size%x*}" "${size#*x}" windowfocus "$id"
sleep "${WAIT_SECONDS:-3}"

# shot NAME KEY...: presses the keys, takes the picture. A key as xdotool names it, or type:TEXT, or click:X,Y, wheel:X,Y,N, or drag:X,Y,TO_X,TO_Y.
shot() {
    local name=$1 key
    shift
    for key in "$@"; do
        case $key in
            type:*) xdotool type --delay 20 "${key#type:}" ;;
            click:*) local at=${key#click:}; xdotool mousemove "${at%,*}" "${at#*,}"; sleep 0.1; xdotool click 1 ;;
            menu:*) local at=${key#menu:}; xdotool mousemove "${at%,*}" "${at#*,}"; sleep 0.1; xdotool click 3 ;;
            hover:*) local at=${key#hover:}; xdotool mousemove "${at%,*}" "${at#*,}"; sleep 0.6 ;;
            wheel:*) IFS=, read -r x y count <<<"${key#wheel:}"; xdotool mousemove "$x" "$y"; xdotool click --repeat "$count" 4 ;;
            drag:*) IFS=, read -r x y to_x to_y <<<"${key#drag:}"; xdotool mousemove "$x" "$y" mousedown 1; sleep 0.1
                    xdotool mousemove $(((x + to_x) / 2)) "$to_y"; sleep 0.1; xdotool mousemove "$to_x" "$to_y"; sleep 0.1; xdotool mouseup 1 ;;
            *) xdotool key "$key" ;;
        esac
        sleep 0.25
    done
    kill -0 "$window" 2>/dev/null || ended
    if [ -z "${TOUR:-}" ] || [[ " $TOUR " == *" $name "* ]]; then
        sleep 0.8
        import -window root "$folder/$name.png"
        echo "$folder/$name.png"
    fi
}

width=${size%x*} height=${size#*x}
shot timeline 1
shot timeline-step "hover:$((width / 2)),$((height - 8))" j j j j j j
shot timeline-zoom equal equal equal
shot timeline-wheel 0 "wheel:$((width * 2 / 3)),200,6"
shot timeline-hover 0 "hover:340,136" "hover:342,136"
shot ladder 2 j j j
shot ladder-reordered "drag:520,118,1010,118"
shot messages 3 j j
shot menu "menu:$((width - 250)),200"
shot filter Escape slash "type:sip.method == INVITE"
shot filter-error "type: && msrp.stat"
shot filtered Escape x slash "type:msrp.status >= 400 || sip.method == BYE" Return
shot chat x 4 j j j
shot deliveries "click:450,83"
shot findings 5 j "hover:$((width / 2)),$((height - 8))"
shot finding-next j
shot conformance "click:430,83"
shot overview 6
shot not-read 7
shot palette ctrl+k "type:exp"
shot shortcuts Escape question
shot save Escape ctrl+e
shot compare Escape 3 Home m j j m d
shot live ctrl+l

# The window takes its own picture too.
shot done Escape 2 ctrl+k "type:window as png" Return ctrl+a "type:$work/own.png" Return
for _ in $(seq 50); do [ -s "$work/own.png" ] && break; sleep 0.1; done
[ "$(identify -format %wx%h "$work/own.png")" = "$size" ] || { echo "the exported picture is not the window" >&2; exit 1; }

# And one of the whole ladder, which is longer than the window.
shot whole 2 ctrl+k "type:ladder as png" Return ctrl+a "type:$folder/whole-ladder.png" Return
for _ in $(seq 600); do [ -s "$folder/whole-ladder.png" ] && break; sleep 0.1; done
[ "$(identify -format %h "$folder/whole-ladder.png")" -gt "$height" ] || { echo "the picture of the ladder is cut" >&2; exit 1; }

# Views that look the same were not changed by their keys.
count=$(cd "$folder" && md5sum ./*.png | cut -d' ' -f1 | sort -u | wc -l)
pictures=$(ls "$folder"/*.png | wc -l)
[ "$count" = "$pictures" ] || { echo "some of the $pictures pictures are the same" >&2; exit 1; }
