# What .ci/check and .ci/run share: stages with a time limit and a summary. To be sourced.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

export CARGO_TERM_COLOR=never
# Each a workspace of its own but for `benches`, which belongs to the first.
packages=(. fuzz tests/models tests/no_std benches/peers benches/instructions)
summary=()
failed=0
skipped=0

# stage NAME SECONDS COMMAND...: runs the command and notes how long it took; ends the run if it fails
stage() {
    local name=$1 limit=$2 began=$SECONDS status=0 outcome=
    shift 2
    printf '\n=== %s: %s\n' "$name" "$*"
    timeout "$limit" "$@" || status=$?
    case $status in
    0) ;;
    124) outcome=" TIMED OUT" ;;
    *) outcome=" FAILED" ;;
    esac
    summary+=("$(printf '%-28s %4d s%s' "$name" $((SECONDS - began)) "$outcome")")
    [ "$status" -eq 0 ] || { failed=1 && exit "$status"; }
}

# skip NAME REASON
skip() {
    printf '\n=== %s: SKIPPED, %s\n' "$1" "$2"
    summary+=("$(printf '%-28s SKIPPED, %s' "$1" "$2")")
    skipped=$((skipped + 1))
}

summarize() {
    printf '\n=== all stages\n'
    printf '%s\n' "${summary[@]}"
    printf 'stages: %d passed, %d failed, %d skipped\n' \
        $((${#summary[@]} - failed - skipped)) "$failed" "$skipped"
}
trap summarize EXIT

# has COMMAND PACKAGE: succeeds if the command is there. Nothing is installed on the machine of a
# contributor: Debian's package only where CI is set.
has() {
    command -v "$1" >/dev/null && return
    [ -n "${CI:-}" ] &&
        { timeout 300 apt-get update && timeout 300 apt-get install -y --no-install-recommends "$2"; } \
            >/dev/null 2>&1
}

# has_cargo NAME: the same of the tool cargo-NAME
has_cargo() {
    cargo "$1" --version >/dev/null 2>&1 && return
    [ -n "${CI:-}" ] && timeout 900 cargo install --locked "cargo-$1"
}

# needs NAME: ends what cannot do without the tool cargo-NAME
needs() { has_cargo "$1" || { echo "FAILED: no cargo-$1" && exit 1; }; }

has_nightly() { cargo +nightly --version >/dev/null 2>&1; }

formatted() {
    local package
    for package in "${packages[@]}"; do
        stage "format ${package/#./stabtree}" 60 \
            cargo fmt --all --check --manifest-path "$package/Cargo.toml"
    done
}
