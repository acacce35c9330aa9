#!/bin/sh
# Runs in the guest's root: the user, what must not be the same in two guests, what only costs time.
set -eu
chown -R root:root /etc/sudoers.d /etc/cloud /etc/systemd /boot/grub
chmod 440 /etc/sudoers.d/vmtui
useradd --create-home --shell /bin/bash vmtui
echo 'vmtui:vmtui' | chpasswd
locale=C.UTF-8
echo "LANG=$locale" >/etc/default/locale
rm -f /etc/machine-id /var/lib/dbus/machine-id /etc/resolv.conf
: >/etc/machine-id
ln -s ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
rm -f /etc/ssh/ssh_host_rsa_key* /etc/ssh/ssh_host_ecdsa_key*
systemctl enable systemd-networkd systemd-resolved ssh
systemctl mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer \
    e2scrub_reap.service fstrim.timer systemd-pstore.service sys-kernel-debug.mount \
    sys-kernel-tracing.mount keyboard-setup.service console-setup.service
dpkg --install /var/local/packages/*.deb
sh /repositories.sh
update-initramfs -u
rm -rf /var/cache/apt/* /var/lib/apt/lists/* /var/cache/debconf/*-old /var/log/*.log /var/log/apt
