"""Files that people or programs leave on a host: protocols, beds, tables, keys, signatures, books."""

from __future__ import annotations

import atexit
import io
import json
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from rich.console import Console

from daemon import codes_file, exact_json
from daemon.bed import Bed, bed_of
from daemon.bed_signing import load_signed_plan
from daemon.cli.plan_json import plan_json
from daemon.codes_file import CodesFile
from daemon.desk.audit.as_json import as_json as audit_json
from daemon.desk.audit.audit import audit
from daemon.desk.audit.view import print_report
from daemon.desk.generate import exact
from daemon.feeds.hl7 import book
from daemon.feeds.hl7.alerts import Alert, Inactivation, State
from daemon.feeds.mqtt.cursor import Cursor
from daemon.feeds.password import NoPassword, read_password
from daemon.link_key import NoKey, read_key
from daemon.protocols.faults import Fault
from daemon.protocols.load import Equipment, draft_protocol
from daemon.protocols.plan import Plan
from daemon.protocols.rendering import print_sheet
from daemon.protocols.toml_text import toml_of
from daemon.signing import key_file, sidecar, signers
from daemon.signing.key_file import SigningKey, new_key
from daemon.signing.names import key_text
from daemon.signing.sign import signature_of
from daemon.signing.verify import verify
from drivers.links.text import LinkText, read_link
from drivers.registry import PUMPS
from simulators import scenario
from tests.fuzz.mutate import as_json, bytewise, textual
from tests.fuzz.target import Target
from tests.matrix.carried import ROOT

CONFIG = ROOT / "config"
PUMP = PUMPS["dianet-star"].capabilities
AT = "2026-11-22T21:00:00+00:00"
MEMORY = Path("/dev/shm")
"""The inputs lie in memory where there is such a place."""


def targets() -> Iterator[Target]:
    """One for each kind of file, and for the texts in them that have a grammar of their own."""
    toml = ["daemon/protocols/toml_text.py", "daemon/protocols/regular_file.py", "daemon/protocols/load.py"]
    shown = ["daemon/cli/check.py", "daemon/cli/plan.py"]
    yield Target("protocol", (*toml, *shown), protocol, textual, protocols, share=50)
    named = ["daemon/bed.py", "daemon/bed_signing.py"]
    yield Target("bed", (*toml, *named), bed, textual, beds, share=20)
    printed = ["daemon/desk/audit/reading.py", "daemon/cli/audit.py"]
    yield Target("audit", tuple(printed), table, textual, tables, share=50)
    yield Target("bag-codes", ("daemon/codes_file.py",), codes, as_json, code_files)
    yield Target("signing-key", ("daemon/signing/key_file.py",), signing_key, textual, keys)
    beside = ["daemon/signing/sidecar.py", "daemon/cli/signing.py"]
    yield Target("signatures", tuple(beside), signatures, textual, sidecars)
    yield Target("signers", ("daemon/signing/signers.py",), known_signers, textual, signer_files)
    yield Target("link-key", ("daemon/link_key.py",), link_key, bytewise, lambda: (b"0f" * 32 + b"\n",))
    yield Target(
        "password", ("daemon/feeds/password.py",), password, bytewise, lambda: (b"s3cret p\xc3\xa4ss\n",)
    )
    yield Target("hl7-book", ("daemon/feeds/hl7/book.py",), hl7_book, as_json, books)
    yield Target(
        "mqtt-cursor",
        ("daemon/feeds/mqtt/cursor.py",),
        cursor,
        textual,
        lambda: (b"17 " + b"a" * 64 + b"\n",),
    )
    yield Target("link-text", ("drivers/links/text.py",), link_text, textual, links)
    yield Target(
        "number-text", ("daemon/desk/generate/exact.py",), number, textual, lambda: (b"2.5", b"1/50", b"1e-3")
    )
    yield Target("scenario", ("simulators/scenario.py",), scenarios, textual, scenario_files)


@cache
def folder() -> Path:
    """Where the inputs of this process are put; taken away at its end."""
    made = tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None, prefix="infusiond-fuzz-")
    atexit.register(made.cleanup)
    return Path(made.name)


def put(data: bytes, name: str, mode: int = 0o600) -> Path:
    """The input as a file."""
    path = folder() / name
    path.write_bytes(data)
    path.chmod(mode)
    return path


def _told(faults: Sequence[Fault]) -> str:
    """A refusal says what is wrong and what would be right."""
    assert faults, "neither read nor refused"
    assert all(fault.problem and fault.remedy and str(fault) for fault in faults), f"{faults}"
    return "refused"


def _files(*places: Path) -> tuple[bytes, ...]:
    return tuple(path.read_bytes() for path in places)


def protocols() -> Sequence[bytes]:
    """Every protocol that ships."""
    return _files(*sorted((CONFIG / "protocols").glob("*.toml")))


def protocol(data: bytes) -> str:
    """A plan or faults, never both, and whatever a person asks of either can be shown."""
    made = draft_protocol(toml_of(data, "p.toml"), "p.toml", Equipment(PUMP))
    exact_json.dumps(plan_json(Path("p.toml"), made.sheet, made.findings, PUMP))
    if made.sheet is not None:
        print_sheet(Console(file=io.StringIO(), width=90), made.sheet, made.plan, made.findings, PUMP)
    if made.faults or made.plan is None:
        return _told(made.faults) if made.faults or made.sheet is None else "a sheet"
    assert isinstance(made.plan, Plan)
    assert made.plan.total_dose > 0
    return "a plan"


def beds() -> Sequence[bytes]:
    """The examples that ship."""
    return _files(*sorted(CONFIG.glob("*.toml")))


def bed(data: bytes) -> str:
    """A bed or faults; of a bed, a plan or faults."""
    found = bed_of(toml_of(data, "bed.toml"), CONFIG / "bed.toml")
    if not isinstance(found, Bed):
        return _told(found)
    planned = load_signed_plan(found)
    return "a bed with a plan" if not isinstance(planned, list) else _told(planned)


def tables() -> Sequence[bytes]:
    """Printed tables that were audited."""
    return _files(*sorted((ROOT / "tests" / "desk" / "audit" / "tables").glob("*.csv"))[:12])


def table(data: bytes) -> str:
    """A report, as text and as JSON."""
    report = audit(data)
    exact_json.dumps(audit_json("t.csv", report))
    print_report(Console(file=io.StringIO(), width=80, markup=False), "t.csv", report)
    return "unreadable" if report.unreadable else "audited"


def code_files() -> Sequence[bytes]:
    """One set of bag codes."""
    content = {
        "kind": codes_file.KIND, "protocol": "p", "plan_sha256": "a" * 64, "target_dose": "600",
        "created": AT, "salt": "b" * 32, "hashes": {"bag-1": "c" * 64, "bag-2": "d" * 64},
    }  # fmt: skip
    return (json.dumps(content, indent=2).encode(),)


def codes(data: bytes) -> str:
    """A set whose hashes are hashes, or a fault."""
    found = codes_file.read(put(data, "codes"), Path("bed.toml"))
    if isinstance(found, CodesFile):
        assert all(len(one) == 64 for one in found.codes.hashes.values())
        return "read"
    return _told([found])


@cache
def key() -> SigningKey:
    """Of nobody."""
    return new_key("Ann Lee")


def keys() -> Sequence[bytes]:
    """A key as it is written."""
    secret = key_text(key().private.private_bytes_raw())
    return (f'name = "Ann Lee"\nprivate_key = "{secret}"\n'.encode(),)


def signing_key(data: bytes) -> str:
    """A key, or faults that show nothing of what is in the file."""
    found = key_file.read_key(put(data, "key"))
    if isinstance(found, SigningKey):
        return "read"
    secret = key_text(key().private.private_bytes_raw())
    assert not any(secret[:20] in str(fault) for fault in found), "a fault shows the key"
    return _told(found)


RAW = b'id = "p"\n'


def sidecars() -> Sequence[bytes]:
    """Signatures as they are written."""
    return (sidecar.text_of(Path("p.toml"), [signature_of(RAW, key(), AT)]).encode(),)


def signatures(data: bytes) -> str:
    """Signatures that can be judged, or faults; one that was not made so never holds."""
    path = put(data, "p.toml.sig")
    found = sidecar.read_signatures(path.with_name("p.toml"))
    if isinstance(found, list):
        return _told(found)
    verdicts = verify(RAW, found, ())
    made = signature_of(RAW, key(), AT).signature
    forged = [one for one, told in zip(found, verdicts, strict=True) if told.valid and one.signature != made]
    assert forged == [], f"{forged}"
    return "read"


def signer_files() -> Sequence[bytes]:
    """A list of one person."""
    text = (
        f'[[signers]]\nname = "Ann Lee"\nrole = "prescriber"\npublic_key = "{key_text(key().public_key)}"\n'
    )
    return (text.encode(),)


def known_signers(data: bytes) -> str:
    """Each person and each key once, or faults."""
    found = signers.read_signers(put(data, "signers.toml"))
    if isinstance(found, list):
        return _told(found)
    assert len({one.name for one in found}) == len({one.public_key for one in found}) == len(found)
    return "read"


def link_key(data: bytes) -> str:
    """Thirty-two bytes, or a refusal that shows none of them."""
    path = put(data, "link.key")
    try:
        found = read_key("link.key", path.parent)
    except NoKey as error:
        assert "0f0f" not in str(error)
        return "refused"
    assert len(found) == 32
    return "read"


def password(data: bytes) -> str:
    """One line, or a refusal that does not show it."""
    try:
        found = read_password(put(data, "password"))
    except NoPassword as error:
        assert "s3cret" not in str(error)
        return "refused"
    assert found.strip()
    assert "\n" not in found
    return "read"


def books() -> Sequence[bytes]:
    """A book with one open chain."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    texts = "held-1", "held", 1, "start", State.ACTIVE, Inactivation.ENABLED, "PH", "text", "detail"
    full = book.Book(3, "a" * 64, {"held-1": Alert(*texts, occlusion=False, began=at, at=at)}, {"x-1"})
    path = folder() / "sample.book"
    book.save(full, path)
    return (path.read_bytes(),)


def hl7_book(data: bytes) -> str:
    """A book, new where the file says nothing; it can be written again, and a journal asked for its place."""
    found = book.load(put(data, "book"))
    book.save(found, folder() / "book-again")
    assert 0 <= found.seq < 2**63, f"{found.seq}"
    return "read" if found != book.Book() else "new"


def cursor(data: bytes) -> str:
    """A place in the journal, or its beginning."""
    put(data, "none.db.mqtt")
    found = Cursor(folder() / "none.db")
    seq, _ = found._place
    found.close()
    assert 0 <= seq < 2**63, f"{seq}"
    return "read" if seq else "from the beginning"


def links() -> Sequence[bytes]:
    """One of each kind."""
    texts = "serial:/dev/ttyUSB0", "tcp:192.168.7.20:4001", "udp:[fe80::1]:24105", "listen:0.0.0.0:2575#11"
    return tuple(text.encode() for text in (*texts, "mqtt:ward/bed-4/pump", "memory:x"))


def link_text(data: bytes) -> str:
    """A link or ValueError."""
    text = data.decode("utf-8", "replace")
    try:
        found = read_link(text)
    except ValueError as error:
        assert "expected" in str(error)
        return "refused"
    assert isinstance(found, LinkText)
    assert 0 <= found.port < 65_536
    return "read"


def number(data: bytes) -> str:
    """An exact number above 0 that can be written again, or ValueError."""
    try:
        found = exact.read(data.decode("utf-8", "replace"))
    except ValueError as error:
        assert str(error)
        return "refused"
    assert found > 0
    exact.said(found)
    exact.written(found)
    return "read"


def scenario_files() -> Sequence[bytes]:
    """A timeline with one of each kind of request."""
    pressed = b'[[event]]\nat_min = 2.5\ndo = "press"\nkey = "stop"\n\n'
    return (
        pressed + b'[[event]]\nat_min = 3\ndo = "fault"\nname = "air"\n',
        b'[[event]]\nat_min = 0\ndo = "react"\ngrade = 2\n',
    )


def scenarios(data: bytes) -> str:
    """Events in order of time, or BadScenario."""
    try:
        found = scenario.load(put(data, "scenario.toml"))
    except scenario.BadScenario as error:
        assert str(error)
        return "refused"
    times = [event.at_min for event in found]
    assert times == sorted(times)
    assert all(time.is_finite() for time in times)
    return "read"
