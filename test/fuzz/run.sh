#!/bin/sh
# Runs each fuzzer of a build folder for some seconds: run.sh BUILD SECONDS
#
# Inputs that reach new code stay in BUILD/fuzz/READER for the next run, and
# failing ones in BUILD/fuzz/READER-failures. Copy those, minimized by the
# fuzzer's -minimize_crash=1, to test/fuzz/corpus/READER/found-WHAT with the
# fix.
set -u
build=$1 seconds=$2
corpora=$(dirname "$0")/corpus
# LLVM's libraries, built without the sanitizer, use memory that its headers
# poison.
export ASAN_OPTIONS=allow_user_poisoning=0

failed=
for fuzzer in "$build"/bin/gptc-fuzz-*; do
  reader=${fuzzer##*/gptc-fuzz-}
  folder=$build/fuzz/$reader
  mkdir -p "$folder" "$folder-failures"
  echo "$reader: $seconds s"
  if ! "$fuzzer" -max_total_time="$seconds" -timeout=60 -rss_limit_mb=4096 \
    -artifact_prefix="$folder-failures/" "$folder" "$corpora/$reader" \
    >"$folder.log" 2>&1; then
    grep -m 1 -E 'ERROR|runtime error|broken:' "$folder.log"
    failed="$failed $reader"
  fi
  tail -n 1 "$folder.log"
done
[ -z "$failed" ] || { echo "failed:$failed" >&2; exit 1; }
