#!/bin/bash
# Boots a tree as a machine of its own, in namespaces that end with it, and leaves no cgroup behind.
#
#     boot.sh LOWER FOLDER [NSPAWN-OPTION…]
#
# LOWER is what overlayfs takes as lowerdir; what the machine writes is FOLDER/upper. The machine has
# a network of its own, which is loopback alone. SIGTERM shuts it down.
set -euo pipefail
lower=$1 folder=$2
shift 2

mount --make-rprivate /
if [[ $(stat -f -c %T /sys/fs/cgroup) != cgroup2fs ]]; then
    # systemd 257 boots on the unified hierarchy alone; an older host mounts the others here.
    umount --recursive --lazy /sys/fs/cgroup
    mount -t cgroup2 cgroup2 /sys/fs/cgroup
fi
cgroup=/sys/fs/cgroup/gazelled-tree-$$
mkdir "$cgroup"

mkdir -p "$folder"/{upper,work,root}
mount -t overlay overlay -o "lowerdir=$lower,upperdir=$folder/upper,workdir=$folder/work" "$folder/root"

(
    echo $BASHPID >"$cgroup/cgroup.procs"
    export SYSTEMD_NSPAWN_UNIFIED_HIERARCHY=1
    exec setpriv --pdeathsig KILL systemd-nspawn --quiet --boot --directory="$folder/root" \
        --machine="tree-$$" --register=no --keep-unit --private-network --console=pipe \
        --link-journal=no --settings=no --resolv-conf=off --timezone=off "$@"
) &
machine=$!
trap 'kill -TERM $machine' TERM
code=0
while kill -0 $machine 2>/dev/null; do
    code=0
    wait $machine || code=$?
done
find "$cgroup" -depth -type d -exec rmdir {} + || true
exit $code
