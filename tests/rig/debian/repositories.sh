#!/bin/sh
# Runs in the guest's root: the real guest agent as other systems' packages, in repositories on the disk, for
# the real dnf, zypper and pacman, whichever system the guest says that it is.
set -eu
name=qemu-guest-agent
folder=/var/local/repositories
unit=usr/lib/systemd/system/$name.service
stage=$(mktemp -d)
mkdir -p "$folder/rpm" "$folder/pacman"
dpkg-deb -x /var/local/packages/"$name"_*.deb "$stage/from"

# As Arch has it: the device starts the unit, and nothing enables it.
arch=$stage/arch
mkdir -p "$arch/usr/bin" "$arch/usr/lib/systemd/system" "$arch/usr/lib/udev/rules.d"
cp "$stage/from/usr/sbin/qemu-ga" "$arch/usr/bin"
cp "$stage"/from/lib/udev/rules.d/* "$arch/usr/lib/udev/rules.d"
sed 's,/usr/sbin/,/usr/bin/,; /Install/d' "$stage/from/lib/systemd/system/$name.service" >"$arch/$unit"

# As Fedora has it: to be enabled.
fedora=$stage/fedora
mkdir -p "$fedora"
cp -R "$arch/usr" "$fedora"
rm -r "$fedora/usr/lib/udev"
printf '[Install]\nWantedBy=dev-virtio\\x2dports-org.qemu.guest_agent.0.device\n' >>"$fedora/$unit"

# Debian's rpm keeps a database for every user, unless it is told.
mkdir -p /etc/rpm /etc/yum.repos.d /etc/zypp/repos.d
echo '%_dbpath /var/lib/rpm' >/etc/rpm/macros
cat >"$stage/spec" <<END
Name: $name
Version: 7.2
Release: 1
Summary: The guest agent
License: GPL-2.0
AutoReqProv: no
%description
$name
%install
cp -R $fedora/usr %{buildroot}
%files
/usr/bin/qemu-ga
/$unit
END
rpmbuild --quiet -bb --define "_topdir $stage/build" --define "_rpmdir $folder/rpm" --define '_build_id_links none' \
    --define '__os_install_post %{nil}' "$stage/spec"
createrepo_c --quiet --no-database "$folder/rpm"
printf '[rig]\nname=rig\nbaseurl=file://%s/rpm\ngpgcheck=0\n' "$folder" |
    tee /etc/yum.repos.d/rig.repo /etc/zypp/repos.d/rig.repo >/dev/null

version=7.2-1
file=$name-$version-x86_64.pkg.tar.gz
cat >"$arch/.PKGINFO" <<END
pkgname = $name
pkgver = $version
arch = x86_64
END
tar -C "$arch" -czf "$folder/pacman/$file" .PKGINFO usr
mkdir "$stage/$name-$version"
printf '%%%s%%\n%s\n\n' FILENAME "$file" NAME "$name" VERSION "$version" ARCH x86_64 \
    CSIZE "$(stat -c %s "$folder/pacman/$file")" >"$stage/$name-$version/desc"
tar -C "$stage" -czf "$folder/pacman/rig.db" "$name-$version"
printf '\n[rig]\nSigLevel = Never\nServer = file://%s/pacman\n' "$folder" >>/etc/pacman.conf
rm -rf "$stage"
