# shellcheck shell=sh disable=SC2154 # what is not set here is set by the files it sources, or by its caller
# What run and test share: look for what is missing, ask, install it, make .venv.
# They set root, the checkout, before they source this. All that is said goes to standard error,
# because vmtui's own standard output may be read by a program.

newline='
'
system=${VMTUI_ROOT-} # where the system's files are found: the tests have a root of their own
venv=$root/.venv
uid=$(id -u)
yes=${CI-}
PATH=$PATH:$system/usr/sbin:$system/sbin # an ordinary user's PATH often lacks the daemons' folder

# shellcheck source=scripts/packages.sh
. "$root/scripts/packages.sh"
# shellcheck source=scripts/look.sh
. "$root/scripts/look.sh"

say() { printf '%s\n' "$*" >&2; }
have() { command -v "$1" >/dev/null 2>&1; }

# Readies everything for a mode: run (vmtui itself), fast (checks without a hypervisor) or all (every check).
prepare() { # MODE
    mode=$1
    stamp=$venv/.ready-$mode
    remote_only=$venv/.remote-only # stands when the person wants no hypervisor on this machine
    decline=
    if [ "$mode" = run ] && [ -e "$remote_only" ]; then
        decline=true
        # A yes today overrules a no of another day.
        if [ "$yes" = true ]; then rm -f "$stamp" "$remote_only" && decline=''; fi
    fi
    if [ -s "$stamp" ] && [ "$(cat "$stamp")" = "$(state)" ]; then return; fi
    machine=$(uname -m)
    read_system
    look
    if [ -n "$needs$wishes" ]; then
        offer
        look
        if [ -n "$needs" ]; then
            say "This is still missing:$(describe "$needs")"
            exit 1
        fi
    fi
    make_venv
    [ "$decline" != true ] || : >"$remote_only"
    state >"$stamp"
}

# All that .venv was made from. While this stays the same, there is nothing to look for.
state() {
    [ -x "$venv/bin/python" ] && [ -x "$venv/bin/vmtui" ] || return 0
    printf '%s\n' "$root" "$(readlink -f -- "$venv/bin/python")" "${PYTHON-}"
    cksum "$root/pyproject.toml" "$root"/scripts/*.sh "$root"/tests/rig/packages/*.txt 2>/dev/null || :
}

# Says what is missing and installs it, if that is allowed, and if the person wants it.
offer() {
    [ -z "$needs" ] || say "vmtui needs:$(describe "$needs")"
    [ -z "$wishes" ] || say "A hypervisor on this machine needs:$(describe "$wishes")"
    as_root=
    if [ "$uid" != 0 ]; then
        if have sudo; then as_root='sudo '; elif have doas; then as_root='doas '; fi
    fi
    if [ -z "$family" ]; then
        refuse "This distribution's package manager is not known here: install these by hand."
    elif [ "$uid" != 0 ] && [ -z "$as_root" ]; then
        refuse 'It takes root to install, and neither sudo nor doas is here.' "$needs" "$wishes"
    else
        say 'It can be installed with:'
        commands_for "$as_root" "$needs" "$wishes"
        choose
        [ -z "$needs" ] || install "$needs" || refuse 'It could not be installed.' "$needs"
        needs=
        [ -z "$wishes" ] || install "$wishes" || refuse 'It could not be installed.' "$wishes"
    fi
}

# Asks once; ends here at a no to what nothing goes without, and takes away the wishes that nobody has.
choose() {
    [ "$yes" != true ] || return 0
    if ! [ -t 0 ]; then
        say 'Standard input is no terminal, so nobody can be asked: put --yes first to have it done.'
        exit 1
    fi
    question='Install it? [Y]es, [n]o'
    [ -z "$wishes" ] || question="$question, only for [r]emote hosts (no hypervisor here)"
    printf '%s: ' "$question" >&2
    read -r answer || answer=n
    case $answer in
    '' | [Yy]*) ;;
    [Rr]*) decline=true wishes='' ;;
    *)
        [ -z "$needs" ] || { say 'Nothing was done.' && exit 1; }
        decline=true wishes=''
        ;;
    esac
}

# Says why nothing is installed and what somebody with more rights can do. Ends here unless it was only wished for.
refuse() { # REASON [NEEDS...]
    say "$1"
    shift
    if [ $# != 0 ]; then
        say 'Ask an administrator for:'
        commands_for '' "$@"
    fi
    [ -z "$needs" ] || exit 1
    say 'Until then vmtui manages other hosts only.'
}

# The lines that install each group of needs.
commands_for() { # PREFIX NEEDS...
    prefix=$1
    shift
    for group; do
        [ -z "$group" ] || say "  $prefix$(install_command "$group")"
    done
}

install() { # NEEDS
    set -- "$(install_command "$1")"
    if never_refreshed; then privileged "$(refresh_command)" || :; fi
    code=0
    privileged "$1" || code=$?
    # 100 is apt's own failure, not sudo's: its lists may be too old to name what the mirror has today.
    [ "$code$family" = 100apt ] || return "$code"
    privileged "$(refresh_command)" && privileged "$1"
}

privileged() { # COMMAND
    say "> $as_root$1"
    # shellcheck disable=SC2086 # it is a line of words
    ${as_root}env DEBIAN_FRONTEND=noninteractive $1 >&2
}

make_venv() {
    [ "$stands" = true ] || new_venv
    say "Installing vmtui's Python packages ..."
    if ! install_packages; then
        say 'Once more, from nothing ...'
        new_venv
        install_packages || { say 'The Python packages could not be installed (see above).' && exit 1; }
    fi
    # With the bytecode there, the first start is as quick as the others. vmtui reports its own syntax errors.
    "$venv/bin/python" -m compileall -q "$root/vmtui" >&2 || :
}

new_venv() {
    say "Making .venv with $python ..."
    rm -rf "$venv"
    # shellcheck disable=SC2086 # no option at all, or one
    "$python" -m venv $share "$venv" >&2 || { say '.venv could not be made.' && exit 1; }
}

install_packages() {
    if [ "$mode" = run ]; then extras=.; else extras='.[dev]'; fi
    pip install --compile --editable "$extras" || return 1
    # pip may have kept a module that was built for another release of libvirt.
    "$venv/bin/python" -c 'import libvirt' 2>/dev/null ||
        pip install --compile --force-reinstall --no-deps --no-cache-dir libvirt-python
}

pip() {
    (cd "$root" && "$venv/bin/python" -m pip --quiet --disable-pip-version-check --no-input "$@" >&2)
}
