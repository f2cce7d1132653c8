#!/usr/bin/env bash
# screenshots.sh - renders screenshots/*.png from the running program: nothing in them is drawn by hand.
#
#     tests/tools/screenshots.sh [BUILD_FOLDER]      default build/dev; needs librsvg2-bin and fonts-dejavu-core
#
# Each scene is the demo on a pseudo-terminal of its own, looked at when its moment has come; together they
# take about a minute.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/dev}
command -v rsvg-convert >/dev/null || { echo "screenshots.sh: rsvg-convert is missing: install librsvg2-bin" >&2; exit 1; }
work=$(mktemp -d)
mkdir -p screenshots
trap 'rm -rf "$work"' EXIT
export COLORTERM=truecolor TERM=xterm-256color LC_ALL=C.UTF-8

# NAME SIZE SHOT-OPTIONS -- DEMO-OPTIONS
shoot() {
  local name=$1 size=$2 options=()
  shift 2
  while [ "$1" != -- ]; do
    options+=("$1")
    shift
  done
  shift
  "$build/tests/worktop-shot" "${options[@]}" "$size" "$work/$name.svg" "$build/worktop" demo "$@"
  rsvg-convert -z 1.1 "$work/$name.svg" -o "screenshots/$name.png"
  echo "screenshots/$name.png"
}

shoot demo-160x48 160x48 --seconds 52 -- &
shoot demo-80x24 80x24 --seconds 52 -- &
shoot light-120x36 120x36 --seconds 52 --light -- --theme worktop-light &
shoot memory-120x36 120x36 --seconds 50 --keys 3 -- --workers 60 &
TERM=vt100 COLORTERM= LC_ALL=C shoot ascii-80x24 80x24 --seconds 52 -- &
wait
