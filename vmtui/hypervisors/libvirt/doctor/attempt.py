"""Makes a virtual machine with one vCPU and runs a few instructions in it: a program of its own.

It may hang in the kernel, so `probe` runs it in a process that can be killed. It needs nothing but
the standard library, and tells each step on a line before it takes it:

    step NAME                about to do this
    ran PROCESSOR RATE       instructions a second in a loop of 64-bit code
    made                     the machine was made; on this architecture nothing is run in it
    error NUMBER STEP        the step was refused, with that errno

The numbers are those of linux/kvm.h. The code that the machine runs is written by hand below.
"""

from __future__ import annotations

import ctypes
import fcntl
import mmap
import os
import struct
import sys
import time

GET_API_VERSION, CREATE_VM, GET_VCPU_MMAP_SIZE = 0xAE00, 0xAE01, 0xAE04
CREATE_VCPU, SET_TSS_ADDR, RUN = 0xAE41, 0xAE47, 0xAE80
SET_USER_MEMORY_REGION, SET_REGS = 0x4020AE46, 0x4090AE82
GET_SREGS, SET_SREGS = 0x8138AE83, 0x4138AE84
EXIT_IO, EXIT_HLT = 2, 5
API_VERSION = 12

SIZE = 0x10000
CODE, PML4, DIRECTORIES, DIRECTORY, STACK = 0x1000, 0x2000, 0x3000, 0x4000, 0x8000
TSS_ADDRESS = 0x7FFBD000
"""Three pages that older processors of Intel need for real mode; far from the memory."""
PORT, ANSWER = 0x3F8, ord("4")

REAL = bytes.fromhex(
    "ba f8 03"  # mov dx, 0x3f8
    "00 d8"  # add al, bl
    "04 30"  # add al, '0'
    "ee"  # out dx, al
    "f4"  # hlt
)
LOOP = bytes.fromhex(
    "ff c9"  # dec ecx
    "75 fc"  # jnz -4
    "66 ba f8 03"  # mov dx, 0x3f8
    "00 d8 04 30 ee f4"
)
ROUNDS = 200_000
ENOUGH = 50_000_000.0
"""Instructions a second above which nobody emulates them: then one run is enough."""
TRIES = 3

say_step = ""


class Wrong(Exception):
    """The machine did something else than it was told to."""


def tell(line: str) -> None:
    """Write a line at once: the next thing may hang."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def step(name: str) -> None:
    """Tell what comes next."""
    global say_step
    say_step = name
    tell(f"step {name}")


def main(node: str) -> int:
    """Try it; the exit code is 0 where it ran."""
    try:
        step("open")
        kvm = os.open(node, os.O_RDWR | os.O_CLOEXEC)
        step("KVM_GET_API_VERSION")
        version = fcntl.ioctl(kvm, GET_API_VERSION, 0)
        if version != API_VERSION:
            raise Wrong(f"interface version {version}")
        step("KVM_CREATE_VM")
        machine = fcntl.ioctl(kvm, CREATE_VM, 0)
        if os.uname().machine not in ("x86_64", "i686"):
            step("KVM_CREATE_VCPU")
            fcntl.ioctl(machine, CREATE_VCPU, 0)
            tell("made")
            return 0
        try_x86(kvm, machine)
    except OSError as error:
        tell(f"error {error.errno or 0} {say_step}")
        return 1
    except Wrong as wrong:
        tell(f"wrong {say_step}: {wrong}")
        return 1
    return 0


def try_x86(kvm: int, machine: int) -> None:
    """Run a little in real mode, then a loop in 64-bit mode with paging, as kernels do."""
    memory = mmap.mmap(-1, SIZE)
    address = ctypes.addressof(ctypes.c_char.from_buffer(memory))
    step("KVM_SET_TSS_ADDR")
    fcntl.ioctl(machine, SET_TSS_ADDR, TSS_ADDRESS)
    step("KVM_SET_USER_MEMORY_REGION")
    region = struct.pack("=IIQQQ", 0, 0, 0, SIZE, address)
    fcntl.ioctl(machine, SET_USER_MEMORY_REGION, region)
    step("KVM_CREATE_VCPU")
    vcpu = fcntl.ioctl(machine, CREATE_VCPU, 0)
    shared = mmap.mmap(vcpu, fcntl.ioctl(kvm, GET_VCPU_MMAP_SIZE, 0))
    special = bytearray(312)
    fcntl.ioctl(vcpu, GET_SREGS, special)
    step("KVM_RUN in real mode")
    struct.pack_into("=Q", special, 0, 0)  # cs.base
    struct.pack_into("=H", special, 12, 0)  # cs.selector
    fcntl.ioctl(vcpu, SET_SREGS, bytes(special))
    memory[CODE : CODE + len(REAL)] = REAL
    run(vcpu, shared, rounds=0)
    step("KVM_RUN in 64-bit mode")
    lay_out(memory, special)
    fcntl.ioctl(vcpu, SET_SREGS, bytes(special))
    memory[CODE : CODE + len(LOOP)] = LOOP
    rate = 0.0
    for _ in range(TRIES):
        began = time.monotonic()
        run(vcpu, shared, rounds=ROUNDS)
        rate = max(rate, 2 * ROUNDS / max(time.monotonic() - began, 1e-9))
        if rate >= ENOUGH:
            break
    tell(f"ran x86 {rate:.0f}")


def run(vcpu: int, shared: mmap.mmap, rounds: int) -> None:
    """From the code's first instruction to its hlt; checks what it writes to the port."""
    registers = [0] * 18
    registers[0] = registers[1] = 2  # rax, rbx
    registers[2], registers[6], registers[16], registers[17] = rounds, STACK, CODE, 2
    fcntl.ioctl(vcpu, SET_REGS, struct.pack("=18Q", *registers))
    fcntl.ioctl(vcpu, RUN, 0)
    (reason,) = struct.unpack_from("=I", shared, 8)
    if reason != EXIT_IO:
        raise Wrong(f"exit reason {reason} instead of a write to a port")
    _out, _size, port, _count, offset = struct.unpack_from("=BBHIQ", shared, 32)
    if (port, shared[offset]) != (PORT, ANSWER):
        raise Wrong(f"wrote {shared[offset]} to port {port:#x}")
    fcntl.ioctl(vcpu, RUN, 0)
    (reason,) = struct.unpack_from("=I", shared, 8)
    if reason != EXIT_HLT:
        raise Wrong(f"exit reason {reason} instead of a halt")


def lay_out(memory: mmap.mmap, special: bytearray) -> None:
    """Page tables for the first 2 MiB, and the registers of 64-bit mode (struct kvm_sregs)."""
    for place, entry in ((PML4, DIRECTORIES | 7), (DIRECTORIES, DIRECTORY | 7), (DIRECTORY, 0x87)):
        memory[place : place + 8] = struct.pack("=Q", entry)
    code = segment(selector=8, kind=11, long=1)
    data = segment(selector=16, kind=3, long=0)
    special[0:24] = code
    for number in range(1, 6):
        special[24 * number : 24 * number + 24] = data
    for offset, value in ((224, 0x80050033), (240, PML4), (248, 0x20), (264, 0x500)):
        struct.pack_into("=Q", special, offset, value)  # cr0, cr3, cr4, efer


def segment(*, selector: int, kind: int, long: int) -> bytes:
    """A flat segment of ring 0 (struct kvm_segment)."""
    flags = (kind, 1, 0, 1 - long, 1, long, 1, 0, 0, 0)
    return struct.pack("=QIH10B", 0, 0xFFFFFFFF, selector, *flags)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
