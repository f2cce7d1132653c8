#!/usr/bin/env bash
# Runs fuzz targets under address and undefined behaviour sanitizers: see tests/fuzz/README.md.
#
#   tests/fuzz/run.sh [--seconds N] [TARGET ...]    fuzzes each target (default: all, 600 s each)
#   tests/fuzz/run.sh --merge [TARGET ...]          takes what was found into tests/fuzz/corpus
#
# What is found stays in build/fuzz/found/TARGET until then; an input that fails is beside it, as
# build/fuzz/found/TARGET-crash-*. Exits 1 when a target failed.
set -u
cd "$(dirname "$0")/../.." || exit 1
found=build/fuzz/found seconds=600 merge=no
while [ $# -gt 0 ]; do
  case $1 in
  --seconds) seconds=$2; shift 2 ;;
  --merge) merge=yes; shift ;;
  -*) sed -n '2,9s/^# \{0,1\}//p' "$0"; exit 2 ;;
  *) break ;;
  esac
done
if [ $# -eq 0 ]; then
  for source in tests/fuzz/fuzz_*.c; do
    target=${source#tests/fuzz/fuzz_}
    set -- "$@" "${target%.c}"
  done
fi
cmake --preset fuzz >/dev/null && cmake --build --preset fuzz --target "${@/#/fuzz_}" >/dev/null || exit 1
export UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=detect_leaks=1:allocator_may_return_null=1
failed=0
for target; do
  mkdir -p "$found/$target"
  cp "build/fuzz/tests/fuzz_$target" "$found/$target-program" || exit 1
  corpus=tests/fuzz/corpus/$target log=$found/$target.log
  case $target in # every value that is compared counts as new, which those that do much cannot afford
  attach | directory | flat | server | store) values=0 ;;
  *) values=1 ;;
  esac
  if [ $merge = yes ]; then
    "$found/$target-program" -merge=1 -use_counters=0 -artifact_prefix="$found/$target-" "$corpus" "$found/$target" 2>&1 | tail -1
    continue
  fi
  nice -n 19 "$found/$target-program" -max_total_time="$seconds" -len_control=0 -timeout=60 -rss_limit_mb=1024 -print_final_stats=1 \
    -use_value_profile=$values -artifact_prefix="$found/$target-" "$found/$target" "$corpus" >"$log" 2>&1
  code=$?
  [ $code -eq 0 ] || failed=1
  awk -v target="$target" -v code=$code '
    /cov: / { for (i = 1; i < NF; i++) { if ($i == "cov:") cov = $(i + 1); if ($i == "ft:") features = $(i + 1) } }
    /number_of_executed_units/ { runs = $2 } /^Done / { seconds = $(NF - 1) } /^SUMMARY/ { why = $0 } /does not hold/ { why = $0 }
    END { printf "%-12s %10d executions %5d s %6d blocks %6d features %s\n", target, runs, seconds, cov, features, code == 0 ? "nothing found" : why }' "$log"
done
exit $failed
