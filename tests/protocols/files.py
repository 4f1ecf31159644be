"""The published protocol files, and what tests change in them."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from daemon.bed import Bed
from daemon.bed_signing import load_signed_plan
from daemon.protocols.faults import Fault
from daemon.protocols.load import Draft, Equipment, draft_protocol
from daemon.protocols.plan import Plan
from daemon.protocols.target import Asked
from daemon.protocols.toml_text import parse_toml
from drivers.values import PumpCapabilities

CONFIG = Path(__file__).parent.parent.parent / "config"
CASTELLS = CONFIG / "protocols" / "castells-12-step.toml"
RITUXIMAB = CONFIG / "protocols" / "rituximab-12-step.toml"

PUMP = PumpCapabilities(
    model="test-pump",
    rate_min_ml_h=Decimal("0.1"),
    rate_max_ml_h=Decimal("999.99"),
    rate_step_ml_h=Decimal("0.01"),
    limit_min_ml=Decimal("0.1"),
    limit_max_ml=Decimal(9999),
    limit_step_ml=Decimal("0.1"),
    counter_unit_ml=Decimal("0.1"),
    accuracy=Decimal("0.05"),
    poll_s=Decimal("0.3"),
    reply_limit_s=Decimal("0.3"),
    link_watchdog_s=Decimal("1.2"),
    gapless=True,
    one_frame=True,
    local_key_detection=True,
    read_only=False,
    has_serial_number=True,
    stops_to_program=1,
    switch_limit_s=Decimal(5),
    cycle_s=Decimal("1.2"),
)


def castells(*changes: tuple[str, str]) -> str:
    """The castells file with pieces replaced, each where it first stands."""
    return changed(CASTELLS.read_text(), *changes)


def changed(text: str, *changes: tuple[str, str]) -> str:
    for old, new in changes:
        assert old in text, f"{old!r} is not in the file"
        text = text.replace(old, new, 1)
    return text


def step(number: int, *lines: str) -> tuple[str, str]:
    """A change that replaces the lines of one step of castells."""
    blocks = CASTELLS.read_text().split("\n[[steps]] # ")
    body = blocks[number].split("\n\n")[0]
    return f"[[steps]] # {body}", "\n".join([f"[[steps]] # {number}", *lines])


def draft(text: str, equipment: Equipment | None = None, target_dose: Decimal | None = None) -> Draft:
    toml, asked = parse_toml("p.toml", text), Asked(target_dose)
    return draft_protocol(toml, "p.toml", equipment or Equipment(PUMP), asked)


def faults(text: str, equipment: Equipment | None = None) -> tuple[Fault, ...]:
    return draft(text, equipment).faults


def plan(text: str, equipment: Equipment | None = None, target_dose: Decimal | None = None) -> Plan:
    made = draft(text, equipment, target_dose)
    assert not made.faults, made.faults
    assert made.plan is not None
    return made.plan


def bed_plan(bed: Bed) -> Plan | list[Fault]:
    """The plan `serve` would run at a bed, or why it would not."""
    read = load_signed_plan(bed)
    return read if isinstance(read, list) else read[0]
