"""F20: whatever clock steps, sleeps or dies, with a reboot or without: never a gap shorter than the truth."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from daemon.clock import StepWatch
from daemon.journal.records import GENESIS, Record, make
from daemon.runtime.opening import away
from tests.journal.files import Clock, facts

SECOND, HOUR, YEAR = 1_000, 3_600_000, 365 * 86_400_000
STEPS = [sign * ms for ms in (SECOND, 3 * SECOND, 3 * HOUR, YEAR, 10 * YEAR) for sign in (1, -1)]
THEN = datetime(2026, 1, 1, 12, tzinfo=UTC)
OFF_MS = 4 * 60_000
"""The drug had been off this long when the last record was written, in engine and in wire time."""
AWAY_MS = 30 * 60_000
BELIEVED_MS = 2_000
"""A wall clock that is wrong by less cannot be told from a right one."""


@dataclass
class Host:
    """One host: true time runs, the wall clock is off by `wrong_ms`, boot time includes sleep."""

    true_ms: int = 10_000_000
    wrong_ms: int = 0
    boot: str = "boot-1"
    booted_ms: int = 0
    synchronised: bool = True

    def clock(self) -> Clock:
        made = Clock(wire_ms=self.true_ms - self.booted_ms, boot=self.boot, synchronised=self.synchronised)
        made.at = THEN + timedelta(milliseconds=self.true_ms + self.wrong_ms)
        return made

    def record(self) -> Record:
        """The last record of a run whose drug has been off for OFF_MS; engine time equals true time."""
        clock = self.clock()
        utc = clock.utc().isoformat(timespec="milliseconds")
        return make(
            9,
            GENESIS,
            facts(1)[0],
            at_ms=self.true_ms,
            wire_ms=clock.wire_ms(),
            utc=utc,
            boot=self.boot,
            sync=self.synchronised,
        )

    def reboot(self) -> None:
        self.boot, self.booted_ms = "boot-2", self.true_ms - 20_000


def gap(last: Record, host: Host, *, trusted: bool) -> int | None:
    """The drug-free time the next process counts; None = unknown, judged strictest."""
    clock = host.clock()
    offset_ms, known = away(last, clock, 1, trusted=trusted)
    if not known:
        return None
    return clock.wire_ms() + offset_ms - (int(last.content()["at_ms"]) - OFF_MS)


def true_gap() -> int:
    return OFF_MS + AWAY_MS


@pytest.mark.parametrize("step_ms", STEPS)
@pytest.mark.parametrize("reboot", [False, True])
def test_f20_a_step_seen_while_running_makes_wall_time_worthless_and_nothing_else(
    step_ms: int, *, reboot: bool
) -> None:
    """F20, (A) R5: steps of +-1 s to +-10 y, with and without a reboot: exact, or unknown, never shorter."""
    host = Host()
    watch = StepWatch(host.clock())
    watch._clock = Stepped(host)
    host.wrong_ms += step_ms
    seen = watch.step_ms()
    assert bool(seen) is (abs(step_ms) > BELIEVED_MS)
    last = host.record()
    host.true_ms += AWAY_MS
    if reboot:
        host.reboot()
    counted = gap(last, host, trusted=not seen)
    if not reboot:
        assert counted == true_gap(), "boot time alone tells"
    elif seen:
        assert counted is None
    else:
        assert counted is not None
        assert abs(counted - true_gap()) <= BELIEVED_MS


class Stepped(Clock):
    """The host's clock, read anew at every call."""

    def __init__(self, host: Host) -> None:
        self._host = host
        super().__init__()

    def wire_ms(self) -> int:
        return self._host.clock().wire_ms()

    def utc(self) -> datetime:
        return self._host.clock().utc()


@pytest.mark.parametrize("step_ms", STEPS)
@pytest.mark.parametrize("reboot", [False, True])
@pytest.mark.parametrize("synchronised", [False, True])
def test_f20_a_step_while_nobody_watched(step_ms: int, *, reboot: bool, synchronised: bool) -> None:
    """F20: after a reboot a clock that is not synchronised tells nothing, whatever it shows."""
    host = Host()
    last = host.record()
    host.true_ms += AWAY_MS
    host.wrong_ms = step_ms if not synchronised else 0
    host.synchronised = synchronised
    if reboot:
        host.reboot()
    counted = gap(last, host, trusted=True)
    if reboot and not synchronised:
        assert counted is None
    else:
        assert counted == true_gap()


@pytest.mark.parametrize("reboot", [False, True])
@pytest.mark.parametrize("synchronised", [False, True])
def test_f20_a_dead_hardware_clock_starts_in_1970(*, reboot: bool, synchronised: bool) -> None:
    """F20: wall time before the last record is no gap of nothing, even if it says it is synchronised."""
    host = Host()
    last = host.record()
    host.true_ms += AWAY_MS
    host.wrong_ms = int((datetime(1970, 1, 1, tzinfo=UTC) - THEN).total_seconds() * 1000) - host.true_ms
    host.synchronised = synchronised
    if reboot:
        host.reboot()
    counted = gap(last, host, trusted=True)
    assert counted == (None if reboot else true_gap())


@pytest.mark.parametrize("reboot", [False, True])
@pytest.mark.parametrize("step_ms", [0, *STEPS])
def test_f20_thirty_minutes_of_sleep_count_as_thirty_minutes(step_ms: int, *, reboot: bool) -> None:
    """F20: boot time runs on in suspend: no step is seen for the sleep itself, and the gap is whole."""
    host = Host()
    watch = StepWatch(host.clock())
    watch._clock = Stepped(host)
    host.true_ms += 30 * 60_000
    assert watch.step_ms() == 0
    host.wrong_ms += step_ms
    seen = watch.step_ms()
    last = host.record()
    host.true_ms += AWAY_MS
    if reboot:
        host.reboot()
    counted = gap(last, host, trusted=not seen)
    if reboot and seen:
        assert counted is None
    else:
        assert counted is not None
        assert abs(counted - true_gap()) <= BELIEVED_MS


@pytest.mark.parametrize("step_ms", [3 * HOUR, 10 * YEAR])
def test_f20_engine_time_does_not_leap_with_a_clock_that_nobody_believes(step_ms: int) -> None:
    """F20: unknown is unknown: bags, windows and watches do not age by a wrong clock."""
    host = Host()
    last = host.record()
    host.true_ms += AWAY_MS
    host.wrong_ms = step_ms
    host.reboot()
    offset_ms, known = away(last, host.clock(), 1, trusted=False)
    assert not known
    assert host.clock().wire_ms() + offset_ms == int(last.content()["at_ms"])
