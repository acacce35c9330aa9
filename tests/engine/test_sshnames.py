"""Names of hosts in an ssh configuration."""

from __future__ import annotations

from pathlib import Path

from vmtui.engine.sshnames import ssh_names


def test_names_without_patterns_and_those_of_included_files(tmp_path: Path) -> None:
    (tmp_path / "config.d").mkdir()
    (tmp_path / "config.d" / "b.conf").write_text("Host shop\n")
    (tmp_path / "config.d" / "a.conf").write_text("host=attic\n")
    (tmp_path / "config").write_text(
        "# Host commented\nInclude config.d/*.conf\nHost lab1 lab2 *.example.org !no\n"
        '  HostName 10.0.0.1\nHost "quoted"\nHost bad%name a@b\nHost lab1\nHost \'unclosed\n'
    )
    assert ssh_names(tmp_path / "config") == ["attic", "shop", "lab1", "lab2", "quoted"]


def test_a_file_that_includes_itself_ends(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("Host one\nInclude config\n")
    assert ssh_names(tmp_path / "config") == ["one"]


def test_no_file_no_names(tmp_path: Path) -> None:
    assert ssh_names(tmp_path / "nosuch") == []
    (tmp_path / "bytes").write_bytes(b"Host \xff\xfe ok\n\x00\n")
    assert "ok" in ssh_names(tmp_path / "bytes")


def test_a_file_included_from_the_home_of_nobody_known_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("Include ~nobody-known/config\nHost one\n")
    assert ssh_names(tmp_path / "config") == ["one"]
