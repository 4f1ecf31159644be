"""Which modules of the program read bytes that come from outside: every call that can."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache

from tests.matrix.carried import PROGRAM, ROOT

PARSERS = {
    ("json", "loads"),
    ("json", "load"),
    ("exact_json", "loads"),
    ("tomllib", "loads"),
    ("tomllib", "load"),
    ("csv", "reader"),
    ("sqlite3", "connect"),
    ("os", "read"),
    ("os", "open"),
}
READINGS = {
    "read_text", "read_bytes", "recv", "recv_into", "recvfrom", "sock_recv", "readline", "readuntil",
    "readexactly",
}  # fmt: skip
CALLED = {"open", "read_regular", "read_toml"}

TRUSTED = {
    "daemon/clock.py": "the kernel's name of this boot",
    "daemon/feeds/metrics/program.py": "the kernel's figures of a process",
    "drivers/maturity.py": "a file of the package itself",
    "daemon/signing/sign.py": "a lock on a folder; nothing is read",
    "daemon/new_files.py": "files are made; nothing is read",
    "daemon/cli/generate.py": "a file is made; nothing is read",
    "drivers/links/serial.py": "bytes as they come, for the decoder of the device",
    "drivers/links/tcp.py": "bytes as they come, for the decoder of the device",
    "drivers/links/udp.py": "bytes as they come, for the decoder of the device",
    "drivers/links/listen.py": "bytes as they come, for the decoder of the device",
    "simulators/pty.py": "bytes as they come, for the wire of the device",
    "simulators/broker.py": "lines of the simulator's own wire",
    "daemon/cli/devices.py": "a recording as it comes, for the decoder of the device",
}
"""What reads and is no target of its own, with the reason."""
OWN = ("simulators/demo/", "simulators/campaign/")
"""Folders whose files read what their own programs say."""


@cache
def readers() -> frozenset[str]:
    """The files of the program with such a call in them."""
    found = set()
    for package in PROGRAM:
        for path in (ROOT / package).rglob("*.py"):
            file = str(path.relative_to(ROOT))
            if not file.startswith(OWN) and any(_reads(ast.parse(path.read_text(encoding="utf-8")))):
                found.add(file)
    return frozenset(found)


def _reads(tree: ast.Module) -> Iterator[bool]:
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Attribute(value=ast.Name(id=module), attr=name) if (module, name) in PARSERS:
                yield True
            case ast.Attribute(attr=name) if name in READINGS:
                yield True
            case ast.Attribute(attr="open") if any(isinstance(one, ast.Constant) for one in node.args):
                yield True
            case ast.Name(id=name) if name in CALLED:
                yield True
