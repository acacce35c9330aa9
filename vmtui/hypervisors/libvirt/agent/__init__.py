"""The agent inside a guest: untrusted, bounded, and possibly never there.

What it is asked to do goes through libvirt's own call where there is one. All else, and all that
is read by itself, goes through virDomainQemuAgentCommand, the only call with a time limit; after it
libvirt marks the guest as tainted (custom-ga-command).

Measured with libvirt 9.0 and QEMU 7.2, and held to here:

- An answer of more than 4 MiB of JSON cannot be sent to a client; one of more than 10 MiB makes
  libvirt give up the agent until that is started again inside the guest. So one call reads less
  than 3 MiB of a file, and a command's output must be cut inside the guest.
- A request that does not fit into the send buffer of the host's socket (208 KiB, shared with the
  kernel's own overhead) is sent again from its beginning in the middle: the agent gets garbage, and
  hangs. Requests of up to 213 KiB arrived, some of 240 KiB did not.
- QEMU tells of a port of a guest at most once a second, and then only how it stands. libvirt gives
  up an agent that sends nonsense until the port is closed and opened again: where both happen
  within that second, it never hears of it. A restart of the agent that takes longer mends it.
"""
