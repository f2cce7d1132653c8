#!/usr/bin/env bash
# screenshots.sh - renders screenshots/*.png, *.svg and the film demo.cast from the running program: nothing in
# them is drawn by hand.
#
#     tests/tools/screenshots.sh [-b BUILD_FOLDER] [SCENE...]      default: build/dev, all scenes
#
# Needs librsvg2-bin, optipng and fonts-dejavu-core. Each scene is a program on a pseudo-terminal of its own,
# looked at when what it shows is on the screen (demo/scenario.h says when that is). All together take about
# a minute and a half.
set -euo pipefail
shopt -s nullglob
cd "$(dirname "$0")/../.."
build=build/dev
if [ "${1:-}" = -b ]; then
  build=$2
  shift 2
fi
for tool in rsvg-convert:librsvg2-bin optipng:optipng; do
  command -v "${tool%:*}" >/dev/null || { echo "screenshots.sh: ${tool%:*} is missing: install ${tool#*:}" >&2; exit 1; }
done
work=$(mktemp -d)
mkdir -p screenshots
trap 'rm -rf "$work"' EXIT
export COLORTERM=truecolor TERM=xterm-256color LC_ALL=C.UTF-8

shoot() {
  "$build/tests/worktop-shot" "$@"
}

demo=("$build/worktop" demo --no-state)

# The overview through the whole story, and what lies behind its worst rows.
scene_story() {
  shoot --after "flapping for" --seconds 3 --svg "$work/flapping.svg" \
    --after "stuck for" --after "saturated for" --seconds 5 --svg "$work/saturated.svg" \
    --keys '2' --seconds 1 --svg "$work/service.svg" 160x48 "${demo[@]}"
}

# Nothing is wrong with cable while it is replaced: its restarts and the sentence stand in its row and the events.
scene_rolling() {
  shoot --after "rolling restart" --seconds 8 --svg "$work/rolling-restart.svg" 160x48 "${demo[@]}"
}

# The stuck worker: its service is found by what is wrong with it, the worker is the first of its rows.
scene_stuck() {
  shoot --after "stuck for" --keys '/jobs\n' --seconds 1 --keys '\n' --seconds 1 --keys '\n' \
    --after "STUCK" --seconds 12 --svg "$work/stuck.svg" 160x48 "${demo[@]}"
}

scene_memory() {
  shoot --keys '3' --after "32K" --seconds 20 --svg "$work/memory.svg" 120x36 "${demo[@]}"
}

scene_past() {
  shoot --after "saturated for" --seconds 6 --keys '4' --seconds 1 --svg "$work/events.svg" \
    --keys '1[[[[[[[[[[[[' --after "AT " --seconds 1 --svg "$work/time-travel.svg" 160x48 "${demo[@]}"
}

scene_idle() {
  shoot --after "IDLE" --seconds 30 --svg "$work/idle.svg" 120x36 "${demo[@]}" --no-kill --load 1
}

scene_light() {
  shoot --light --after "stuck for" --after "saturated for" --seconds 4 --svg "$work/light.svg" \
    120x36 "${demo[@]}" --theme worktop-light
}

scene_80x24() {
  shoot --after "stuck for" --after "saturated for" --seconds 4 --svg "$work/80x24.svg" 80x24 "${demo[@]}"
}

scene_themes() {
  shoot --after "stuck for" --after "saturated for" --seconds 2 --keys 't' --seconds 1 \
    --svg "$work/themes.svg" 120x36 "${demo[@]}" --theme catppuccin-mocha
}

scene_gruvbox() {
  shoot --after "stuck for" --after "saturated for" --seconds 4 --svg "$work/gruvbox.svg" \
    120x36 "${demo[@]}" --theme gruvbox-dark
}

scene_vt100() {
  TERM=vt100 COLORTERM= LC_ALL=C shoot --after "stuck for" --after "saturated for" --seconds 4 \
    --svg "$work/vt100.svg" 80x24 "${demo[@]}"
}

# A monitor without a screen, killed while its workers go on; another program looks at what it left.
scene_dead() {
  local place=$work/dead socket=$work/dead/monitor epoch index service monitor workers=()
  mkdir "$place"
  mkfifo "$place/stay"
  "$build/worktop" serve --socket "$socket" >/dev/null &
  monitor=$!
  epoch=$(awk '{ printf "%.0f", $1 * 1e9 }' /proc/uptime)
  exec {stay}<>"$place/stay"
  for service in web api jobs cable; do
    for index in 0 1 2 3 4 5; do
      "$build/worktop-demo-worker" --socket "$socket" --epoch "$epoch" --seed 1 --mean 0.02 \
        "$service:$service:$index" <&"$stay" &
      workers+=($!)
    done
  done
  shoot --after "stuck for" --after "saturated for" --run "kill -9 $monitor" --after "DEAD" --seconds 5 \
    --svg "$work/dead-monitor.svg" 120x36 "$build/worktop" attach --socket "$socket" --no-state || true
  kill "${workers[@]}"
  exec {stay}>&-
  wait
}

scene_film() {
  shoot --cast screenshots/demo.cast --title "worktop demo" --after "stuck for" --after "saturated for" \
    --seconds 4 --keys "/jobs\n" --seconds 2 --keys "2" --seconds 4 --keys '\n' --seconds 6 --keys '\e\e\e1' \
    --seconds 22 --keys 't' --seconds 1 --keys '\d' --seconds 1 --keys '\d' \
    --seconds 1 --keys '\d' --seconds 1 --keys '\e' --seconds 2 120x36 "${demo[@]}"
}

scenes=("$@")
if [ ${#scenes[@]} -eq 0 ]; then
  mapfile -t scenes < <(declare -F | sed -n 's/^declare -f scene_//p')
fi
running=()
for scene in "${scenes[@]}"; do
  "scene_$scene" &
  running+=($!)
done
failed=0
for pid in "${running[@]}"; do
  wait "$pid" || failed=1
done
for picture in "$work"/*.svg; do
  name=$(basename "$picture" .svg)
  cp "$picture" screenshots/
  rsvg-convert "$picture" -o "screenshots/$name.png"
  optipng -quiet -o2 "screenshots/$name.png"
  echo "screenshots/$name.png"
done
exit "$failed"
