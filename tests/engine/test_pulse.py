"""The pulse: what failed, what is nearly full, who is loaded, what changed; the worst first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType

from tests.plan.facts import guest
from vmtui.engine.checkup import Checkup
from vmtui.engine.job import Job, TrackState
from vmtui.engine.pulse import FaultKind, FillKind, Pulse, Pulses, busiest
from vmtui.errors import ConnectionFailed, Refused
from vmtui.model.agentfacts import AgentFacts, FileSystem
from vmtui.model.change import Event, Happened
from vmtui.model.finding import Finding, Level
from vmtui.model.guest import Definition, Guest, GuestState, HostId
from vmtui.model.host import HostFacts, HostFigures, HostSample, Link, LinkState, MountFill
from vmtui.model.inventory import HostView, Inventory
from vmtui.model.stats import GuestFigures
from vmtui.model.steps import Start
from vmtui.model.storage import Pool, PoolState
from vmtui.plan.plan import Plan, Track

LAB, ATTIC = HostId("lab"), HostId("attic")
NOW = 10_000.0


def view(*guests: Guest, host: HostId = LAB) -> HostView:
    by_uuid = {one.key.uuid: one for one in guests}
    return HostView(
        host, "test:///x", Link(LinkState.UP, 0.0), guests=MappingProxyType(by_uuid), listed=True
    )


def inventory(*views: HostView) -> Inventory:
    return Inventory(MappingProxyType({one.id: one for one in views}))


def take(
    known: Inventory, events: Sequence[Event] = (), jobs: Sequence[Job] = (),
    check: Checkup | None = None,
) -> Pulse:  # fmt: skip
    return Pulses().take(known, events, jobs, lambda _host: check, NOW)


def test_where_all_is_well_there_is_nothing_to_tell() -> None:
    pulse = take(inventory(view(guest(), guest("db1", GuestState.OFF))))
    assert (pulse.faults, pulse.fills, pulse.changes) == ((), (), ())
    assert [one.id for one in pulse.hosts] == [LAB]


def test_lost_hosts_come_first_then_guests_then_jobs() -> None:
    refused = Link(LinkState.REFUSED, 9_000.0, ConnectionFailed("No route to attic"))
    attic = replace(view(host=ATTIC), link=refused)
    crashed = guest("mail1", GuestState.CRASHED)
    job = Job(7, Plan("start", "Start db1", (Track(guest("db1").key, "db1", (Start("u"),)),)), 1.0,
              lambda _job: None)  # fmt: skip
    job.ended, job.tracks[0].state = NOW - 60, TrackState.FAILED
    job.tracks[0].error = Refused("It may not", "by its owner")
    pulse = take(inventory(view(crashed), attic), jobs=[job])
    assert [one.kind for one in pulse.faults] == [FaultKind.HOST, FaultKind.GUEST, FaultKind.JOB]
    assert [one.words for one in pulse.faults] == [
        "No route to attic", "crashed", "It may not by its owner"
    ]  # fmt: skip
    assert pulse.faults[1].uuid == crashed.key.uuid
    assert pulse.faults[2].job == 7
    assert [one.id for one in pulse.hosts] == [ATTIC, LAB]


def test_a_job_that_failed_long_ago_is_told_no_more() -> None:
    job = Job(
        1, Plan("start", "Start", (Track(guest().key, "web1", (Start("u"),)),)), 1.0, lambda _: None
    )
    job.ended, job.tracks[0].state = NOW - 7200, TrackState.FAILED
    assert take(inventory(view(guest())), jobs=[job]).faults == ()


def test_a_guest_that_stopped_by_itself_is_told_once() -> None:
    broken = replace(guest("web1", GuestState.PAUSED), reason="I/O error")
    uuid = broken.key.uuid
    events = [
        Event(NOW - 30, LAB, Happened.IO_ERROR, uuid, "web1", "vda"),
        Event(NOW - 20, LAB, Happened.SUSPENDED, uuid, "web1", "on an I/O error"),
    ]
    pulse = take(inventory(view(broken)), events)
    assert [one.words for one in pulse.faults] == ["paused · I/O error"]
    well = replace(broken, state=GuestState.RUNNING, reason="resumed")
    again = take(inventory(view(well)), events)
    assert [one.words for one in again.faults] == ["I/O error · vda; running now"]
    assert [one.what for one in pulse.changes] == [Happened.SUSPENDED, Happened.IO_ERROR]


def test_what_a_check_failed_is_told() -> None:
    found = Finding("kvm-works", "KVM", Level.FAILURE, "it hangs")
    check = Checkup(5.0, (found, replace(found, level=Level.WARNING)))
    (fault,) = take(inventory(view(guest())), check=check).faults
    assert (fault.kind, fault.words) == (FaultKind.CHECK, "KVM: it hangs")


def test_what_fills_up_the_fullest_first() -> None:
    told = AgentFacts(file_systems=(
        FileSystem("/", "ext4", "vda", 95, 100), FileSystem("/boot", "ext4", "vdb", 10, 100),
        FileSystem("/cd", "iso9660", "sr0", 100, 100), FileSystem("/odd", "nfs"),
    ))  # fmt: skip
    promised = replace(guest("db1"), definition=Definition(vcpus=40, memory=3 << 30), told=told)
    sample = HostSample(0.0, memory_total=100, memory_used=85, swap_total=100, swap_used=60,
                        mounts=(MountFill("/var", 90, 100), MountFill("/", 1, 100)))  # fmt: skip
    host = replace(
        view(promised),
        pools=(Pool("default", "p1", PoolState.RUNNING, capacity=100, allocation=99),
               Pool("empty", "p2", PoolState.INACTIVE)),
        figures=HostFigures(sample),
        facts=HostFacts(cpus=4, memory=2 << 30),
    )  # fmt: skip
    fills = take(inventory(host)).fills
    assert [(one.kind, round(one.fraction, 2)) for one in fills] == [
        (FillKind.POOL, 0.99), (FillKind.GUEST_FILES, 0.95), (FillKind.HOST_FILES, 0.9),
        (FillKind.MEMORY, 0.85), (FillKind.SWAP, 0.6), (FillKind.VCPUS, 10.0),
        (FillKind.PROMISED, 1.5),
    ]  # fmt: skip


def test_the_busiest_of_all_hosts_that_are_up() -> None:
    def busy(name: str, host: HostId, cpu: float | None) -> HostView:
        one = guest(name, host=host)
        figures = MappingProxyType({one.key.uuid: GuestFigures(cpu=cpu)})
        return replace(view(one, host=host), guest_figures=figures)

    lost = replace(busy("c", HostId("c"), 0.9), link=Link(LinkState.LOST, 0.0))
    known = inventory(
        busy("a", LAB, 0.2), busy("b", ATTIC, 0.4), lost, busy("d", HostId("d"), None)
    )
    found = busiest(known, lambda figures: figures.cpu, 5)
    assert [one.name for _, one, _ in found] == ["b", "a"]
    assert len(busiest(known, lambda figures: figures.cpu, 1)) == 1


def test_guests_are_looked_through_again_only_where_they_changed() -> None:
    pulses, first = Pulses(), view(guest("mail1", GuestState.CRASHED))
    taken = [pulses.take(inventory(first), (), (), lambda _: None, NOW) for _ in range(2)]
    assert taken[0].faults[0] is taken[1].faults[0]
    well = replace(first, guests=MappingProxyType({}))
    assert pulses.take(inventory(well), (), (), lambda _: None, NOW).faults == ()
