# shellcheck shell=sh disable=SC2154,SC2034 # shares its variables with setup.sh, which sources it
# Looks for what is missing, by what works rather than by package, since it may have come by another way.

# What an interpreter says of itself: its real path, and on a second line what it has. Fails if it is too old.
ask_python() { # PYTHON
    "$1" -c '
import sys
if sys.version_info < (3, 11):
    sys.exit(1)
import os, shutil, sysconfig
def has(*names):
    try:
        return all(__import__(name) for name in names)
    except Exception:
        return False
compiler = (os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc").split()[0]
facts = {
    "venv": has("venv", "ensurepip"),
    "pip": has("pip"),
    "libvirt": has("libvirt") and sys.modules["libvirt"].getVersion() >= 9000000,
    "headers": os.path.exists(os.path.join(sysconfig.get_path("include"), "Python.h")),
    "compiler": shutil.which(compiler),
}
print(os.path.realpath(getattr(sys, "_base_executable", sys.executable)))
print("", *(name for name, fact in facts.items() if fact), "")' 2>/dev/null
}
knows() { case $facts in *" $1 "*) ;; *) return 1 ;; esac }

# Sets facts from the first interpreter that is new enough.
find_python() {
    if [ -n "${PYTHON-}" ]; then
        set -- "$PYTHON"
    else
        set -- python3 python3.14 python3.13 python3.12 python3.11
    fi
    for python; do
        facts=$(ask_python "$python") || continue
        # Its headers and its venv module are packaged under the same name.
        case ${python##*/} in python3.*) stem=${python##*/} ;; python3) stem=python3 ;; esac
        return 0
    done
    [ -z "${PYTHON-}" ] || { say "PYTHON=$PYTHON is not Python 3.11 or newer." && exit 1; }
}

# Whether .venv stands: made here (a venv does not survive a move), whole, and of the interpreter asked for.
venv_stands() {
    case $(cat "$venv/pyvenv.cfg" 2>/dev/null)$newline in *" $venv$newline"*) ;; *) return 1 ;; esac
    facts=$(ask_python "$venv/bin/python") && knows pip || return 1
    [ -z "${PYTHON-}" ] || [ "${facts%%"$newline"*}" = "$(ask_python "$PYTHON" | head -n 1)" ]
}

# Sets needs, without which nothing goes, and wishes, without which vmtui can still manage other machines.
look() {
    needs='' wishes='' share=''
    if venv_stands; then stands=true; else
        stands=false
        find_python
        [ -n "$facts" ] || needs="$needs python"
        knows venv || needs="$needs venv"
    fi
    python=${facts%%"$newline"*}
    build=
    knows headers || build="$build headers"
    knows compiler || build="$build compiler"
    have pkg-config || build="$build pkg-config"
    pkg-config --exists libvirt 2>/dev/null || build="$build libvirt-headers"
    # libvirt's module is always built from source. Where that cannot be, the system's own one does.
    if ! knows libvirt; then
        needs="$needs$build"
    elif [ -n "$build" ] && [ "$stands" = false ]; then
        share=--system-site-packages
    fi
    [ "$mode" != fast ] || return 0
    have libvirtd || have virtqemud || wishes="$wishes daemon"
    have "qemu-system-$machine" || have qemu-kvm || [ -x "$system/usr/libexec/qemu-kvm" ] ||
        wishes="$wishes qemu"
    have qemu-img || wishes="$wishes disk-images"
    have dnsmasq || wishes="$wishes dnsmasq"
    have_firmware || wishes="$wishes firmware"
    [ "$decline" != true ] || wishes=
    [ "$mode" = all ] || return 0
    # shellcheck disable=SC2013 # a line is a word here
    for package in $(sed 's/#.*//' "$root/tests/rig/packages/${family:-none}.txt" 2>/dev/null); do
        installed "$package" || wishes="$wishes $package"
    done
    needs="$needs$wishes" wishes=''
}

have_firmware() {
    case $machine in x86_64 | aarch64) ;; *) return 0 ;; esac
    shared=$system/usr/share
    for file in "$shared"/OVMF/*.fd "$shared"/AAVMF/*.fd "$shared"/edk2/*/*.fd \
        "$shared"/qemu/ovmf-*.bin "$shared"/qemu/aavmf-*.bin; do
        [ ! -e "$file" ] || return 0
    done
    return 1
}

describe() { # NEEDS
    comma=
    for need in $1; do
        case $need in
        python) need='Python 3.11 or newer' ;;
        venv) need="Python's venv module" ;;
        headers) need="Python's headers" ;;
        compiler) need='a C compiler' ;;
        libvirt-headers) need="libvirt's headers" ;;
        daemon) need="libvirt's daemon" ;;
        qemu) need=QEMU ;;
        disk-images) need=qemu-img ;;
        firmware) need='UEFI firmware' ;;
        esac
        printf '%s %s' "$comma" "$need"
        comma=,
    done
}
