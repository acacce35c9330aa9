# shellcheck shell=sh disable=SC2154,SC2034 # shares its variables with setup.sh, which sources it
# What each family of distributions calls a package, and how it installs one. Sourced by setup.sh.

# Sets family (by the package manager), stem (the Python to ask for) and repos (what else to look in).
read_system() {
    release=$(
        # shellcheck disable=SC1091
        . "$system/etc/os-release" 2>/dev/null
        printf '%s' " ${ID-} ${ID_LIKE-} : ${VERSION_ID-} : ${UBUNTU_CODENAME-}"
    ) || :
    family='' stem=python3 repos=''
    case ${release%%:*} in
    *' debian '* | *' ubuntu '*) family=apt ;;
    *' fedora '* | *' rhel '* | *' centos '*) family=dnf ;;
    *' suse '* | *' opensuse'* | *' sles '*) family=zypper ;;
    *' arch '*) family=pacman ;;
    esac
    # Releases whose python3 is too old have a newer one beside it.
    case $family$release in
    apt*jammy*) stem=python3.11 ;;
    dnf*' : '[89]' :'* | dnf*' : '[89].*) stem=python3.12 ;;
    zypper*' : 15'*) stem=python3.11 ;;
    esac
    # Red Hat's rebuilds keep the headers in a repository that is off at first.
    case $family$release in dnf*' centos '*) repos=' --enablerepo=crb' ;; esac
}

# The family's packages for a need; a need that is not in the table is a package's name already.
packages() { # NEED
    case $machine in
    x86_64) guests=x86 ;;
    aarch64) guests=arm ;;
    *) guests=other ;;
    esac
    case $family:$1:$guests in
    pacman:python:* | pacman:venv:* | pacman:headers:*) echo python ;;
    zypper:python:* | zypper:venv:*) echo "$stem" | tr -d . ;;
    zypper:headers:*) echo "$stem-devel" | tr -d . ;;
    *:python:* | dnf:venv:*) echo "$stem" ;;
    apt:venv:*) echo "$stem-venv" ;;
    apt:headers:*) echo "$stem-dev" ;;
    dnf:headers:*) echo "$stem-devel" ;;
    apt:compiler:*) echo gcc libc6-dev ;;
    *:compiler:*) echo gcc ;;
    dnf:pkg-config:*) echo pkgconf-pkg-config ;;
    pacman:pkg-config:*) echo pkgconf ;;
    apt:libvirt-headers:*) echo libvirt-dev ;;
    pacman:libvirt-headers:* | pacman:daemon:*) echo libvirt ;;
    *:libvirt-headers:*) echo libvirt-devel ;;
    apt:daemon:*) echo libvirt-daemon-system libvirt-daemon-driver-qemu ;;
    dnf:daemon:*) echo libvirt-daemon-kvm libvirt-daemon-config-network ;;
    zypper:daemon:*) echo libvirt-daemon-qemu libvirt-daemon-config-network ;;
    apt:qemu:other) echo qemu-system ;;
    apt:qemu:*) echo "qemu-system-$guests" ;;
    dnf:qemu:*) echo qemu-kvm ;;
    zypper:qemu:other) echo qemu ;;
    zypper:qemu:*) echo "qemu-$guests" ;;
    pacman:qemu:*) echo qemu-base ;;
    apt:disk-images:*) echo qemu-utils ;;
    zypper:disk-images:*) echo qemu-tools ;;
    *:disk-images:*) echo qemu-img ;;
    apt:dnsmasq:*) echo dnsmasq-base ;;
    apt:firmware:x86) echo ovmf ;;
    apt:firmware:arm) echo qemu-efi-aarch64 ;;
    dnf:firmware:x86 | pacman:firmware:x86) echo edk2-ovmf ;;
    dnf:firmware:arm | pacman:firmware:arm) echo edk2-aarch64 ;;
    zypper:firmware:x86) echo qemu-ovmf-x86_64 ;;
    zypper:firmware:arm) echo qemu-uefi-aarch64 ;;
    *) echo "$1" ;;
    esac
}

# The command that installs what is needed, each package named once. apt must not make room for it by removing
# anything of this machine's.
install_command() { # NEEDS
    wanted=$1
    set --
    for need in $wanted; do
        for package in $(packages "$need"); do
            case " $* " in *" $package "*) ;; *) set -- "$@" "$package" ;; esac
        done
    done
    case $family in
    apt) echo "apt-get install --yes --no-install-recommends --no-remove $*" ;;
    dnf) echo "dnf install --assumeyes$repos $*" ;;
    zypper) echo "zypper --non-interactive install $*" ;;
    pacman) echo "pacman -S --needed --noconfirm $*" ;;
    esac
}

# The command that fetches the lists of packages, where a manager does not do that by itself.
refresh_command() {
    case $family in apt) echo 'apt-get update' ;; pacman) echo 'pacman -Sy' ;; esac
}

# Whether those lists were never fetched, as in a new container.
never_refreshed() {
    case $family in
    apt) set -- "$system"/var/lib/apt/lists/*_Packages* ;;
    pacman) set -- "$system"/var/lib/pacman/sync/*.db ;;
    *) return 1 ;;
    esac
    ! [ -e "$1" ]
}

# Whether a package is installed.
installed() { # PACKAGE
    case $family in
    apt) [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ;;
    dnf | zypper) rpm --query --quiet --whatprovides "$1" ;;
    pacman) pacman -T "$1" >/dev/null 2>&1 ;;
    esac
}
