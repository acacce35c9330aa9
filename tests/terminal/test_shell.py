"""Recognizing a shell, and telling what a command printed from what was typed."""

from __future__ import annotations

import subprocess

import pytest

from tests.rig.needs import program_or_left_out
from vmtui.terminal.shell import Marks, Seen, Transcript, judge, last_line, plain, shows_prompt

MARKS = Marks("0123456789abcdef")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("Debian GNU/Linux 12 debian ttyS0\n\ndebian login: ", Seen.LOGIN),
        ("debian login: vmtui\nPassword: ", Seen.PASSWORD),
        ("Enter passphrase for /dev/vda2: ", Seen.PASSWORD),
        ("Last login: Mon\nvmtui@debian:~$ ", Seen.SHELL),
        ("web1:~# ", Seen.SHELL),
        ("[root@fedora ~]# ", Seen.SHELL),
        ("me@fish ~> ", Seen.SHELL),
        ("host% ", Seen.SHELL),
        ("", Seen.NOTHING),
        ("\n \n", Seen.NOTHING),
        ("[    1.23] random: crng init done\n", Seen.OTHER),
        ("  <Go Back>      <Yes>     <No>", Seen.OTHER),
        ("Progress: [ 42%", Seen.OTHER),
    ],
)
def test_what_a_console_shows(text: str, seen: Seen) -> None:
    assert judge(text) is seen


@pytest.mark.parametrize(
    "text",
    [
        "Debian GNU/Linux 12 web1 ttyS0\r\n\r\nweb1 login: ",
        "web1 login:\n[   12.5] a late word of the kernel",
        "FreeBSD/amd64 (fb) (ttyu0)\n\nlogin: ",
        "localhost:~#",
        "\x1b[1;32mweb1\x1b[0m login: \x1b[?25h",
        "\x1b]0;web1\x07\x1b(B\x1b[mlive:~#",
        "booting\nweb1:~$ \n",
    ],
)
def test_a_prompt_is_seen_wherever_it_stands(text: str) -> None:
    assert shows_prompt(plain(text))


@pytest.mark.parametrize(
    "text",
    [
        "[  OK  ] Started User Login Management.",
        "Last login: Tue Nov 24 from 10.0.2.2",
        "Price: 12 $ or less",
        "login: refused for user",
        "",
    ],
)
def test_what_only_looks_like_a_prompt_is_none(text: str) -> None:
    assert not shows_prompt(plain(text))


def test_text_of_a_terminal_is_made_plain() -> None:
    raw = "\x1b]0;title\x07\x1b[?2004h\x1b[01;32mme\x1b[0m:\x1b[34m~\x1b[0m$ \x08\x1b[K"
    assert plain(raw) == "me:~$ "
    assert plain("a\r\nb\rc") == "a\nb\nc"
    assert last_line("one\ntwo  \n\n ") == "two"


def test_the_echo_of_the_line_is_no_answer() -> None:
    line = MARKS.line("sudo -p " + repr(MARKS.sudo_prompt) + " true")
    heard = Transcript(MARKS)
    heard.feed(f"me$ {line}\r\n")
    assert not heard.begun()
    assert heard.ended() is None
    assert not heard.asked()


def test_output_and_exit_code_between_the_marks() -> None:
    heard = Transcript(MARKS)
    end = "".join(MARKS.halves)
    heard.feed(f"me$ {MARKS.line('x')}\r\n\r\n{end}:beg")
    assert not heard.begun()
    heard.feed("in\r\none\r\n\x1b[32mtwo\x1b[0m\r\n")
    assert heard.begun()
    assert heard.last_lines(1) == ["two"]
    heard.feed(f"\r\n{end}:100\r\n{end}:100\r\nme$ ")
    assert heard.ended() == 100
    assert heard.output == "one\ntwo"


def test_a_kernels_message_in_the_middle_of_a_mark_hides_one_of_two() -> None:
    heard = Transcript(MARKS)
    end = "".join(MARKS.halves)
    heard.feed(
        f"\r\n{end}:begin\r\nx\r\n{end[:12]}[   3.1] usb: hello\r\n{end[12:]}:0\r\n{end}:0\r\n"
    )
    assert heard.ended() == 0


@pytest.mark.slow
def test_much_output_is_bounded_and_the_end_kept() -> None:
    heard = Transcript(MARKS)
    end = "".join(MARKS.halves)
    heard.feed(f"\r\n{end}:begin\r\n")
    for number in range(20_000):
        heard.feed(f"line {number}\r\n")
        if number % 1000 == 0:
            assert heard.begun()
    assert len(heard.text) <= 32 * 1024
    heard.feed(f"{end}:1\r\n")
    assert heard.ended() == 1
    assert heard.last_lines(1) == ["line 19999"]


def test_a_password_is_asked_for_once_and_again_where_it_was_wrong() -> None:
    heard = Transcript(MARKS)
    end = "".join(MARKS.halves)
    heard.feed(f"\r\n{end}:begin\r\n{MARKS.asks} ")
    assert heard.asked()
    heard.answered()
    assert not heard.asked()
    heard.feed(f"\r\nSorry, try again.\r\n{MARKS.asks} ")
    assert heard.asked()
    assert heard.last_lines() == ["Sorry, try again."]
    heard.answered()
    heard.feed(f"\r\n{end}:1\r\n")
    assert heard.ended() == 1


@pytest.mark.parametrize("shell", ["sh", "bash", "dash", "zsh", "fish", "tcsh", "csh", "busybox"])
def test_real_shells_take_the_line(shell: str) -> None:
    program = program_or_left_out(shell)
    words = [program, "sh"] if shell == "busybox" else [program]
    command = "printf \"%s\\n\" 'it''s' \"$HOME\" | head -n 1; exit 7"
    line = MARKS.line(command) + "\nexit\n"
    done = subprocess.run(words, input=line, capture_output=True, text=True, timeout=60)
    heard = Transcript(MARKS)
    heard.feed(done.stdout)
    assert heard.begun()
    assert heard.output == "its"
    assert heard.ended() == 7
