#!/bin/sh
# Writes the guest's root file system into a disk, as root or as root of a user namespace:
# build.sh ARCHIVE DISK OFFSET BLOCKS, with an offset in bytes and blocks of 4 KiB.
set -eu
archive=$1 disk=$2 offset=$3 blocks=$4
here=$(dirname -- "$0")
root=$disk.root
mkdir "$root"
tar -C "$root" -xf "$archive" --exclude='./dev/*'
cp -R "$here/system/." "$here/configure.sh" "$here/repositories.sh" "$root"
# The namespace takes its mounts with it.
# shellcheck disable=SC2016 # the inner shell's own
unshare --mount --propagation private sh -euc '
    mount --rbind /dev "$1/dev"
    mount --rbind /proc "$1/proc"
    exec chroot "$1" sh /configure.sh' sh "$root"
rm -rf "$root/configure.sh" "$root/repositories.sh" "$root/var/local/packages"
# GRUB knows no newer features than these.
mke2fs -q -t ext4 -b 4096 -L debian-root -E "offset=$offset,lazy_itable_init=1" -m 0 \
    -O none,has_journal,ext_attr,resize_inode,dir_index,filetype,extent,flex_bg,sparse_super,large_file,huge_file,dir_nlink,extra_isize,metadata_csum,64bit \
    -d "$root" "$disk" "$blocks"
rm -rf "$root"
