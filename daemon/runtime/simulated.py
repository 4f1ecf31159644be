"""Is the far end of a link a simulator? It proves it outside the device protocol (F36)."""

from __future__ import annotations

import json
import socket
from dataclasses import dataclass
from pathlib import Path

PROOF_SUFFIX = ".sim"
TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class Proof:
    """What a simulator says of itself; `speed` scales its body time."""

    model: str
    speed: int


def prove(link: str) -> Proof | None:
    """The proof of the simulator behind a link; None if there is none to be had."""
    scheme, _, rest = link.partition(":")
    if scheme != "serial":
        return None
    path = Path(rest)
    device = path.resolve()
    if not device.is_relative_to("/dev/pts"):
        return None
    answer = _ask(path.with_name(path.name + PROOF_SUFFIX))
    if answer.get("simulator") != "infusiond-sim" or answer.get("device") != str(device):
        return None
    speed = answer.get("speed")
    return Proof(str(answer.get("model")), speed) if isinstance(speed, int) else None


def _ask(path: Path) -> dict[str, object]:
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(TIMEOUT_S)
            connection.connect(str(path))
            connection.sendall(b'{"do": "prove"}\n')
            line = connection.makefile("rb").readline(4096)
        answer = json.loads(line)
    except (OSError, ValueError):
        return {}
    return answer if isinstance(answer, dict) else {}
