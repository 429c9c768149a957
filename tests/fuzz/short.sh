# short.sh PROGRAM: runs a fuzz target as the tests do: for a few seconds, from the corpus of the repository and
# a fixed seed. New inputs are forgotten; one that breaks something is left in the working directory.
set -eu
name=${1##*/}
corpus=$(dirname "$0")/corpus/${name#fuzz_}
dictionary=$(dirname "$0")/words/${name#fuzz_}.dict
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT
[ -f "$dictionary" ] || dictionary=
"$1" ${dictionary:+"-dict=$dictionary"} -seed=1 -runs=20000 -max_total_time=4 -timeout=10 -max_len=4096 \
  -rss_limit_mb=1024 -artifact_prefix="$name-" -verbosity=0 -print_final_stats=1 "$found" "$corpus"
