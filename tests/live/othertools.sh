#!/bin/sh
# Runs in the root of a Debian that has dnf, zypper and pacman: makes packages of a few bytes for them. The agent
# needs newlib and libthing; libthing 2 stands beside it, and who has libthing-lang cannot do without libthing 1.
set -eu
mkdir -p /etc/rpm /etc/yum.repos.d /etc/zypp/repos.d /had /media/packages
echo '%_dbpath /var/lib/rpm' >/etc/rpm/macros

rpms() { # FOLDER NAME VERSION [NEEDED]...
    folder=$1 name=$2 version=$3
    shift 3
    {
        printf 'Name: %s\nVersion: %s\nRelease: 1\nSummary: none\nLicense: none\nBuildArch: noarch\n' "$name" "$version"
        [ $# = 0 ] || printf 'Requires: %s\n' "$@"
        printf '%%description\nnone\n%%files\n'
    } >/spec
    rpmbuild --quiet -bb --define "_rpmdir $folder" --define '_build_name_fmt %{NAME}-%{VERSION}.rpm' /spec 2>/dev/null
}

pkgs() { # FOLDER NAME VERSION [NEEDED]...
    folder=$1 name=$2 version=$3-1
    shift 3
    file=$name-$version-any.pkg.tar.gz
    {
        printf 'pkgname = %s\npkgver = %s\narch = any\n' "$name" "$version"
        [ $# = 0 ] || printf 'depend = %s\n' "$@"
    } >.PKGINFO
    tar -czf "$folder/$file" .PKGINFO
    mkdir -p "$folder/db/$name-$version"
    {
        printf '%%%s%%\n%s\n\n' FILENAME "$file" NAME "$name" VERSION "$version" ARCH any CSIZE "$(stat -c %s "$folder/$file")"
        [ $# = 0 ] || printf '%%DEPENDS%%\n' && printf '%s\n' "$@"
    } >"$folder/db/$name-$version/desc"
}

for make in rpms pkgs; do
    $make /had libthing 1
    case $make in rpms) equal='libthing = 1' ;; *) equal='libthing=1' ;; esac
    $make /had libthing-lang 1 "$equal"
    $make /media/packages libthing 2
    $make /media/packages newlib 1
    $make /media/packages qemu-guest-agent 8 newlib libthing
done
createrepo_c --quiet --no-database /media/packages
(cd /media/packages/db && tar -czf ../good.db -- *)
: >/media/packages/signed-1-1-any.pkg.tar.gz.sig # pacman fetches signatures, too
printf '[good]\nname=good\nbaseurl=file:///media/packages\ngpgcheck=0\n' |
    tee /etc/yum.repos.d/good.repo >/etc/zypp/repos.d/good.repo
printf '[good]\nSigLevel = Never\nServer = file:///media/packages\n' >>/etc/pacman.conf
