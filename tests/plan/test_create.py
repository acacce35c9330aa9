"""From answers to the plan: every source, every use of an image, several guests."""

from __future__ import annotations

from dataclasses import replace

from tests.plan.facts import guest
from tests.plan.places import POOL, place, volume
from vmtui.errors import NotFound
from vmtui.model.guest import GuestState
from vmtui.model.image import ImageKind, Seen
from vmtui.model.spec import Place
from vmtui.model.steps import Start
from vmtui.model.steps.creation import (
    BootFromDisk,
    CreateVolume,
    DefineGuest,
    FetchFile,
    UploadVolume,
    WaitReady,
)
from vmtui.model.units import GIB
from vmtui.plan import sources
from vmtui.plan.answers import Answers, Origin, SourceKind, Use
from vmtui.plan.costs import disk_most, effects
from vmtui.plan.create import create, spec
from vmtui.plan.defaults import defaults, follow
from vmtui.plan.problem import Severity
from vmtui.plan.rules import problems


def test_a_cloud_image_is_downloaded_shared_and_overlaid() -> None:
    around = place()
    answers = defaults(around)
    uuid = around.uuid("debian13")
    steps = [
        *sources.prepare(answers, around, uuid),
        *sources.disks(answers, around, uuid, "debian13"),
    ]
    assert [type(step) for step in steps] == [FetchFile, UploadVolume, CreateVolume]


def test_a_copy_comes_to_hold_what_its_image_holds() -> None:
    """As large as it is, or as it is to grow; never smaller, and not known without a look."""
    there = volume("old.qcow2", format="qcow2", capacity=30 * GIB, allocation=4 * GIB)
    around = place(volumes={"default": (there,)})
    origin = Origin(place=Place("default", "old.qcow2"))
    copied = replace(defaults(around, SourceKind.DISK, origin), use=Use.COPY)
    assert copied.disks[0].size == 0
    assert disk_most(copied, around) == 30 * GIB
    assert any("30 GiB at most" in one.text for one in effects(copied, around))
    grown = replace(copied, disks=(replace(copied.disks[0], size=50 * GIB),))
    assert disk_most(grown, around) == 50 * GIB
    assert disk_most(replace(grown, count=2), around) == 100 * GIB
    shrunk = replace(copied, disks=(replace(copied.disks[0], size=10 * GIB),))
    assert disk_most(shrunk, around) == 30 * GIB
    unseen = replace(copied, image=Origin(url="https://x.example/disk.qcow2"))
    assert disk_most(unseen, around) is None


def test_a_copy_that_will_not_fit_is_told_by_what_its_image_holds() -> None:
    there = volume("old.qcow2", format="qcow2", capacity=900 * GIB, allocation=4 * GIB)
    around = place(volumes={"default": (there,)})
    origin = Origin(place=Place("default", "old.qcow2"))
    copied = replace(defaults(around, SourceKind.DISK, origin), use=Use.COPY)
    (told,) = (one for one in problems(copied, around) if one.field == "pool")
    assert told.severity is Severity.WARNING and "900 GiB" in str(told)


def test_a_web_page_is_blamed_on_a_server_only_where_there_was_one() -> None:
    for origin, blamed in ((Origin(file="/x.iso"), False), (Origin(url="http://x/x.iso"), True)):
        around = place(seen={origin: Seen(ImageKind.PAGE)})
        answers = defaults(around, SourceKind.ISO, origin)
        (told,) = (one for one in problems(answers, around) if one.field == "image")
        assert "web page" in str(told) and ("server" in str(told) + told.hint) is blamed


def test_an_install_tree_boots_its_installer_once() -> None:
    """The running guest goes off when the installer is through; the next start is the disk's."""
    tree = "https://deb.example/debian/dists/bookworm"
    around = place()
    answers = follow(replace(Answers(), source=SourceKind.TREE, tree=tree), around, "tree")
    answers = follow(replace(answers, system="debian12", name="fresh"), around, "system", "name")
    (track,) = create(answers, around).tracks
    kinds = [type(step) for step in track.steps]
    assert kinds[-3:] == [Start, BootFromDisk, WaitReady]
    assert kinds.count(DefineGuest) == 1
    direct = spec(answers, around).direct
    assert direct is not None and direct.once
    assert any("boots its installer once" in one.text for one in effects(answers, around))
    kept = spec(replace(answers, start=False), around).direct
    assert kept is not None and not kept.once


def test_what_is_no_disk_by_its_looks_is_told() -> None:
    """Data without a boot sector may still be a disk, so it is a warning."""
    origin = Origin(file="/random.img")
    around = place(seen={origin: Seen(ImageKind.UNKNOWN, capacity=3 << 20, format="raw")})
    answers = defaults(around, SourceKind.DISK, origin)
    (told,) = (one for one in problems(answers, around) if one.field == "image")
    assert told.severity is Severity.WARNING and "boot sector" in str(told)


def test_an_image_that_cannot_be_read_is_told_once_and_in_sentences() -> None:
    origin = Origin(place=Place("default", "gone.iso"))
    lost = NotFound("There is no volume gone.iso", hint="Refresh the pool.")
    around = place(seen={origin: Seen(error=lost)})
    answers = defaults(around, SourceKind.ISO, origin)
    (told,) = (one for one in problems(answers, around) if one.field == "image")
    assert str(told) == "There is no volume gone.iso. Refresh the pool."


def test_a_pool_that_was_filled_in_stays_when_another_has_a_little_more_room() -> None:
    """Pools on one disk have the same room, and what is free of it changes all the time."""
    one = replace(POOL, name="one", uuid="1", available=100 * GIB)
    other = replace(POOL, name="other", uuid="2", available=100 * GIB + 1)
    answers = defaults(place(pools=(one, other)))
    assert answers.pool == "other"
    later = place(pools=(replace(one, available=100 * GIB + 2), other))
    assert follow(answers, later) == answers
    assert follow(answers, place(pools=(one,))).pool == "one"


def test_what_a_pattern_lacks_comes_back_with_another_source() -> None:
    bare = guest("bare", GuestState.OFF)
    around = place(guests=(bare,))
    first = defaults(around, SourceKind.DISK)
    like = replace(first, source=SourceKind.PATTERN, pattern=bare.key.uuid)
    like = follow(like, around, "source", "pattern")
    assert (like.disks, like.interfaces) == ((), ())
    (wrong,) = (one for one in problems(like, around) if one.severity is Severity.ERROR)
    assert wrong.field == "pattern", "the image is no field of this page"
    back = follow(replace(like, source=SourceKind.DISK), around, "source")
    assert (back.disks, back.interfaces) == (first.disks, first.interfaces)
