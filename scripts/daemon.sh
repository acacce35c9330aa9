# shellcheck shell=sh disable=SC2154 # setup.sh, which is sourced before this, sets the variables
# Starts libvirt's daemon for root, who speaks to the system's. An ordinary user's session daemon starts by
# itself. Sourced by run, after setup.sh. A daemon that does not start is reported and no more than that:
# vmtui opens all the same, and shows the reason.

start_daemon() {
    [ "$uid" = 0 ] || return 0
    if have libvirtd; then
        set -- libvirtd
    elif have virtqemud; then
        set -- virtqemud virtnetworkd virtstoraged virtnodedevd virtsecretd virtnwfilterd virtinterfaced
    else
        return 0
    fi
    if [ -d "$system/run/systemd/system" ]; then
        enable_sockets "$@"
    else
        for daemon in virtlogd "$@"; do
            if have "$daemon" && ! is_running "$daemon"; then run_daemon "$daemon"; fi
        done
    fi
}

# Starting a service for good is the person's decision; a no is remembered like one to the hypervisor.
enable_sockets() { # DAEMON...
    ! systemctl is-active --quiet "$1.socket" "$1.service" || return 0
    if [ "$yes" = true ]; then rm -f "$venv/.daemon-off"; fi
    ! [ -e "$venv/.daemon-off" ] || return 0
    sockets=
    for daemon; do
        if have "$daemon"; then sockets="$sockets $daemon.socket"; fi
    done
    say "libvirt's daemon is off. It can be started, now and at each boot, with:"
    say "  systemctl enable --now$sockets"
    if [ "$yes" != true ]; then
        [ -t 0 ] || return 0
        printf 'Start it? [Y]es, [n]o: ' >&2
        read -r answer || answer=n
        case $answer in '' | [Yy]*) ;; *) : >"$venv/.daemon-off" && return ;; esac
    fi
    # shellcheck disable=SC2086 # it is a list of words
    systemctl enable --now $sockets >&2 && return
    say 'It did not start:'
    systemctl --no-pager status "$1.socket" >&2 || :
}

# Whether the process that the pid file names is there and is the daemon: the file outlives a container's stop.
is_running() { # DAEMON
    pid='' name=''
    { read -r pid <"$system/run/$1.pid" || :; } 2>/dev/null
    [ -n "$pid" ] && { read -r name <"/proc/$pid/comm"; } 2>/dev/null && [ "$name" = "$1" ]
}

run_daemon() { # DAEMON
    say "Starting $1 (no systemd does it here) ..."
    # Not by $(...): a daemon may hold the pipe open.
    "$1" --daemon >"$venv/.daemon-says" 2>&1 </dev/null && return
    say "$1 did not start:"
    tail -n 5 "$venv/.daemon-says" "$system/var/log/libvirt/$1.log" >&2 2>/dev/null || :
}
