"""The alarm table: every condition the engine can raise, one row each. Words as in IEC 60601-1-8."""

from __future__ import annotations

from collections.abc import Mapping

from daemon.engine.alarm_kind import LINE_FIRST, AlarmKind, Priority
from daemon.engine.alarms_by_hand import ASKED
from daemon.engine.alarms_course import COURSE
from daemon.engine.alarms_holds import HOLDS
from daemon.engine.alarms_pump import PUMP
from daemon.engine.alarms_service import SERVICE
from daemon.engine.alarms_watch import WATCH

__all__ = ["CATALOGUE", "LATCHING", "LINE_FIRST", "AlarmKind", "Priority"]

CATALOGUE: Mapping[str, AlarmKind] = {**HOLDS, **PUMP, **COURSE, **WATCH, **SERVICE, **ASKED}
"""Every condition the engine can raise."""
LATCHING = frozenset(alarm for alarm, kind in CATALOGUE.items() if kind.latching)
"""What is shown until a person resets it, where the bed file does not say otherwise."""
