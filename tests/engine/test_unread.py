"""Of a pump that has not been read yet nothing is known, and nothing is taken for granted (F6, F17, F26)."""

from __future__ import annotations

from dataclasses import fields
from decimal import Decimal

from daemon.engine import events as ev
from daemon.engine.account import Span
from daemon.engine.codes import BagCodes
from daemon.engine.evolve import begin
from daemon.engine.hand_view import HandView
from daemon.engine.pump_view import PumpView
from tests.engine.plans import small
from tests.engine.stories import infusing

D = Decimal
NOT_SEEN = ("linked", "silent_long", "certain", "compare", "stopped", "disarmed")
UNKNOWN = (
    *("identity", "reading", "approved", "pending", "programmed", "stop_ms", "withdrawn_ms"),
    *("still_from_ms", "untimed_ml", "least_left_ml"),
)
NONE_YET = (
    *("read_ms", "approved_ms", "pending_ms", "still_to_ms", "failures", "unsent", "hand_stops"),
    *("approved_ml", "ordered_ml", "pending_ml", "may_run_ml_h"),
)
NO_NAME = ("own_serial", "read_serial")


def opened() -> PumpView:
    """The pump in charge as a run opens with it."""
    fitted = infusing().state.fitted
    event = ev.RunOpened(
        small(),
        (fitted,),
        bed="7",
        wire_factor=D(1),
        simulated=True,
        patient="p",
        codes=BagCodes("salt", {}),
    )
    return begin(event, 5_000).pump


def test_f6_f17_f26_a_run_opens_with_a_pump_that_nobody_has_read() -> None:
    """F6, F17, F26: neither there nor standing nor disarmed, of no serial number, with nothing approved."""
    pump = opened()
    expected: dict[str, object] = dict.fromkeys(NOT_SEEN, False) | dict.fromkeys(UNKNOWN)
    expected |= dict.fromkeys(NONE_YET, 0) | dict.fromkeys(NO_NAME, "")
    expected |= {"hand": HandView(told=False, right=0, off=0, shown=None), "odometer": pump.odometer}
    assert {field.name: getattr(pump, field.name) for field in fields(pump)} == expected
    assert pump.odometer.shown_ml == 0
    assert pump.odometer.hidden == Span(D(0), pump.odometer.unit_ml), "less than a unit may have left it"


def test_f20_a_pump_that_nobody_has_read_may_have_given_nothing_of_ours() -> None:
    """F20: nothing was started and no clock has run; how long it stands is not proven either."""
    pump = opened()
    assert (pump.delivers, pump.since_ml(10**9, D("0.05")), pump.seen_still_ms()) == (False, D(0), 0)
