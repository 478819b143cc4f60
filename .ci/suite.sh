# A newer Debian suite in a root of its own, with a compiler that has standard libraries for other
# machines. To be sourced, in the repository's folder; needs to be root.
root=${TARGETS_ROOT:-${XDG_CACHE_HOME:-$HOME/.cache}/stabtree-targets}

# The machine's own source of packages.
mirror() {
    apt-get indextargets --format '$(LABEL) $(REPO_URI)' 'Created-By: Packages' |
        sed -n 's/^Debian //p' | head -1
}

# inside COMMAND...: runs it in the root, with a /proc, where MemorySanitizer looks for the stack, that goes
# with it
inside() {
    unshare --mount sh -c 'mount -t proc proc "$0/proc" && exec chroot "$0" env -i "$@"' "$root" \
        HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C \
        DEBIAN_FRONTEND=noninteractive CARGO_TERM_COLOR=never CARGO_INCREMENTAL=0 \
        CARGO_PROFILE_DEV_DEBUG=0 CARGO_BUILD_JOBS="${CARGO_BUILD_JOBS:-2}" CARGO_TARGET_DIR=/target "$@"
}

# The machine's network, and whom it trusts.
connect() {
    cp -L /etc/resolv.conf "$root/etc/resolv.conf"
    [ ! -e /etc/ssl/certs/ca-certificates.crt ] ||
        cp -L /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
}

# Makes the root, once.
install() {
    [ ! -e "$root/complete" ] || return 0
    rm -rf "$root"
    # Whether it survives a loss of power is nobody's concern, and waiting for the disk takes minutes.
    mkdir -p "$root/etc/dpkg/dpkg.cfg.d"
    echo force-unsafe-io >"$root/etc/dpkg/dpkg.cfg.d/unsafe-io"
    command -v debootstrap >/dev/null ||
        { apt-get update && apt-get install -y --no-install-recommends debootstrap; }
    debootstrap --variant=minbase --include=rustc,cargo,gcc,libc6-dev,ca-certificates \
        sid "$root" "$(mirror)"
    chmod 1777 "$root/tmp"
    connect
    inside sh -euxc '
        for arch in i386 s390x arm64; do dpkg --add-architecture "$arch"; done
        apt-get -o Acquire::Check-Valid-Until=false update
        cd /tmp
        # The packages of the standard library exclude each other: unpacked by hand.
        for arch in i386 s390x arm64; do apt-get download "libstd-rust-dev:$arch"; done
        for package in libstd-rust-dev_*.deb; do dpkg-deb -x "$package" unpacked; done
        cp -a unpacked/usr/lib/rustlib/* /usr/lib/rustlib/
        rm -rf unpacked ./*.deb
        apt-get install -y --no-install-recommends qemu-user \
            gcc-i686-linux-gnu libc6-dev-i386-cross gcc-s390x-linux-gnu libc6-dev-s390x-cross \
            gcc-aarch64-linux-gnu libc6-dev-arm64-cross'
    touch "$root/complete"
}

# Puts the files as they are into /work of the root, and no others. Where CI is not set and there is no
# root, it says so and ends the program.
enter() {
    if [ ! -e "$root/complete" ] && [ -z "${CI:-}" ]; then
        echo "SKIPPED: there is no $root, which is made where CI is set"
        exit 0
    fi
    install
    connect
    mkdir -p "$root/work"
    find "$root/work" -mindepth 1 -delete
    git ls-files -z --cached --others --exclude-standard | tar --null -cT - | tar -xC "$root/work"
}

# The number of tests that passed or failed in what `cargo test` printed.
tests_run() { awk '/^test result/ { n += $4 + $6 } END { print n + 0 }'; }
