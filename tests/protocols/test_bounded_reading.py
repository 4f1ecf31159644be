"""Whatever lies at a path, reading it ends soon, with little memory and a fault."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from daemon.bed import Bed, load_bed
from daemon.bed_signing import load_signed_plan
from daemon.protocols.regular_file import read_regular
from daemon.protocols.toml_text import read_toml, toml_of
from daemon.signing.key_file import read_key
from daemon.signing.sidecar import read_signatures
from daemon.signing.signers import read_signers
from tests.protocols.files import CASTELLS, CONFIG
from tests.protocols.test_verbs import run

SIZE = 200_000
SMALL_AND_SLOW = {
    "dotted": "a." * (SIZE // 2) + "a=1",
    "dotted, spaced": "a . " * (SIZE // 4) + "a=1",
    "dotted, quoted": '"a".' * (SIZE // 4) + "a=1",
    "dotted, escaped": '"\\"".' * (SIZE // 5) + "a=1",
    "dotted, quoted once": "'a'." * (SIZE // 4) + "a=1",
    "dotted table": "[" + "a." * (SIZE // 2) + "a]",
    "dotted in a line": "b = {" + "a." * (SIZE // 2) + "a=1}",
    "dotted, many": "".join(f"{'a.' * 18}b{n}=1\n" for n in range(SIZE // 50)),
    "word": "a" * SIZE,
    "words": "a " * (SIZE // 2),
    "blanks": "a" + " " * SIZE,
    "quotes": '"' * SIZE,
    "quotes with blanks": '" ' * (SIZE // 2),
    "digits": "a = 1," + "1" * SIZE + "x",
    "blanks in a name": f'["{" " * SIZE}"]\n' * 2,
    "backslashes": '"' + "\\" * SIZE,
}


@pytest.fixture(autouse=True)
def soon() -> Iterator[None]:
    """A reader that hangs is a failure and not a test run that hangs."""

    def late(_: int, __: FrameType | None) -> None:
        raise AssertionError("reading did not end")

    before = signal.signal(signal.SIGALRM, late)
    signal.alarm(20)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


def fifo(path: Path) -> None:
    os.mkfifo(path)
    path.chmod(0o600)


def endless(path: Path) -> None:
    path.symlink_to("/dev/zero")


def folder(path: Path) -> None:
    path.mkdir()


ODD = pytest.mark.parametrize("odd", [fifo, endless, folder])


@ODD
def test_what_is_no_file_is_a_fault_of_every_reader(tmp_path: Path, odd: Callable[[Path], None]) -> None:
    odd(tmp_path / "p.sig")
    for found in (
        read_key(tmp_path / "p.sig"),
        read_signers(tmp_path / "p.sig"),
        read_signatures(tmp_path / "p"),
        list(read_toml(tmp_path / "p.sig").faults),
    ):
        assert isinstance(found, list)
        assert [fault.code for fault in found] == ["unreadable"]


@ODD
@pytest.mark.parametrize("name", ["p.toml", "p.toml.sig", "signers.toml"])
def test_a_bed_that_names_no_file_is_refused_at_once(
    tmp_path: Path, odd: Callable[[Path], None], name: str
) -> None:
    """What `serve` reads before it takes the pump."""
    bed = (CONFIG / "bed.example.toml").read_text().replace("protocols/castells-12-step.toml", "p.toml")
    signing = 'signing = { signers = "signers.toml", required = 1, roles = [] }\n'
    (tmp_path / "bed.toml").write_text(bed.replace("[[pumps]]", f"{signing}\n[[pumps]]", 1))
    if name != "p.toml":
        (tmp_path / "p.toml").write_bytes(CASTELLS.read_bytes())
    odd(tmp_path / name)
    read = load_bed(tmp_path / "bed.toml")
    assert isinstance(read, Bed), read
    found = load_signed_plan(read)
    assert isinstance(found, list)
    assert str(tmp_path / name) in [fault.file for fault in found]


@ODD
@pytest.mark.parametrize("words", ["check {}", "plan {}", "audit {}", "signatures {}", "sign {} --key {}"])
def test_every_verb_refuses_what_is_no_file(tmp_path: Path, odd: Callable[[Path], None], words: str) -> None:
    odd(tmp_path / "odd")
    made: Any = run(*(word.format(tmp_path / "odd") for word in words.split()))
    assert isinstance(made.exception, SystemExit)
    assert made.exit_code == 2, made.output


def test_of_a_long_file_no_more_is_read_than_tells_that_it_is_too_long(tmp_path: Path) -> None:
    long = tmp_path / "long"
    with long.open("wb") as file:
        file.truncate(10**12)
    assert len(read_regular(long).raw) == 1_000_001
    (fault,) = read_toml(long).faults
    assert "at most 1000000 bytes" in fault.remedy
    made = run("signatures", long)
    assert (made.exit_code, "at most 1000000 bytes" in made.output) == (2, True)


def test_a_path_that_can_be_none_is_a_fault() -> None:
    assert read_toml(Path("a\0b")).faults


@pytest.mark.parametrize("text", SMALL_AND_SLOW.values(), ids=SMALL_AND_SLOW)
def test_a_small_file_takes_no_long_time(text: str) -> None:
    for more in ("", "\nx = 2,5", "\nx = "):
        toml_of((text + more).encode(), "p.toml")


def test_a_key_of_too_many_parts_is_refused_with_its_line() -> None:
    (fault,) = toml_of(("title = 'x'\n" + "a." * 25 + "a = 1\n").encode(), "p.toml").faults
    assert (fault.key, fault.code) == ("line 2", "syntax")


@pytest.mark.parametrize("key", ["target_dose", "zzz"])
def test_a_number_too_long_to_print_is_a_fault_and_no_traceback(tmp_path: Path, key: str) -> None:
    """Whole numbers of base 16, 8 and 2 are read at any length, and 4300 digits cannot be written again."""
    bad = tmp_path / "p.toml"
    text = CASTELLS.read_text().replace("target_dose = 600", f"{key} = 0x{'f' * 20_000}", 1)
    bad.write_text(text)
    made = run("check", bad)
    assert isinstance(made.exception, SystemExit)
    assert made.exit_code == 2
    assert "more than 1000 digits" in made.output


def test_dots_that_join_no_keys_are_text() -> None:
    words = "# . . . " + "." * 200 + " e.g. 1. 2. 3. see it. Done. Then more. And so on.\n"
    rates = "rates = [" + ", ".join(["0.1"] * 300) + "]\n"
    read = toml_of((words + rates + f'note = "{"." * 200} {"0.1, " * 99}"\n').encode(), "p.toml")
    assert read.faults == ()
    assert read.data is not None
