"""Every DIANET-Star bit by name; where the documents are silent, the dangerous reading."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.pumps.dianet_star.frames import Status
from drivers.pumps.dianet_star.readback import alarms_of, local_of, motion_of
from drivers.values import LocalChange, Motion, PumpAlarm

ALARM_BITS = {
    0: PumpAlarm.SYRINGE,
    1: PumpAlarm.NEAR_EMPTY,
    2: PumpAlarm.EMPTY,
    3: PumpAlarm.OCCLUSION,
    4: PumpAlarm.AIR,
    5: PumpAlarm.DRIP,
    6: PumpAlarm.BATTERY_EMPTY,
    7: PumpAlarm.BATTERY_LOW,
    8: PumpAlarm.DOOR_OPEN,
    9: PumpAlarm.RATE_INVALID,
    10: PumpAlarm.REMINDER,
    11: PumpAlarm.STANDBY_END,
    12: PumpAlarm.LIMIT_REACHED,
    13: PumpAlarm.TIME_END,
    14: PumpAlarm.LINK_TIMEOUT,
    15: PumpAlarm.KVO_END,
    16: PumpAlarm.LOCAL_KEY,
    17: PumpAlarm.KVO_RUNNING,
    18: PumpAlarm.PRESSURE_LOW,
    19: PumpAlarm.PCA_BUTTON,
    20: PumpAlarm.PCA_LIMIT,
}


def status(*, request: int = 0, alarm: int = 0, state: int = 0) -> Status:
    return Status(request, alarm, state, 0, 0, 0)


@pytest.mark.parametrize("bit", range(32))
def test_every_alarm_bit_has_a_name_or_is_unknown(bit: int) -> None:
    assert alarms_of(1 << bit) == {ALARM_BITS.get(bit, PumpAlarm.UNKNOWN)}


@pytest.mark.parametrize(
    ("state", "alarm", "motion"),
    [
        ([], [], Motion.STOPPED),
        ([4, 5, 6, 8, 11, 14, 15, 16, 17, 18, 20, 21, 23], [3, 12], Motion.STOPPED),
        ([7], [], Motion.INFUSING),
        ([7, 13], [], Motion.KVO),
        ([13], [], Motion.KVO),
        ([], [17], Motion.KVO),
        ([9], [], Motion.BOLUS),
        ([7, 10], [], Motion.BOLUS),
        ([12], [], Motion.BOLUS),
        ([13, 22], [], Motion.BOLUS),
        ([19], [], Motion.BOLUS),
        ([7, 19], [], Motion.INFUSING),
        *[([7, bit], [], Motion.PROGRAM) for bit in range(24, 30)],
        *[([bit], [], Motion.PROGRAM) for bit in range(24, 30)],
    ],
)
def test_the_most_dangerous_motion_is_told_f26(state: list[int], alarm: list[int], motion: Motion) -> None:
    told = motion_of(status(state=sum(1 << bit for bit in state), alarm=sum(1 << bit for bit in alarm)))
    assert told is motion


@given(st.integers(0, 2**32 - 1))
def test_a_running_motor_never_reads_as_stopped(state: int) -> None:
    assert motion_of(status(state=state | 1 << 7)) is not Motion.STOPPED


def test_request_bits() -> None:
    assert local_of(status(request=1)) == {LocalChange.TARGET}
    assert local_of(status(request=2)) == {LocalChange.LIMITS}
    assert local_of(status(request=4)) == {LocalChange.SILENCE}
    assert local_of(status(request=8)) == {LocalChange.DOSE}
    assert local_of(status(request=0x40)) == {LocalChange.TARGET}
    assert local_of(status(state=1 << 11)) == {LocalChange.OPERATING}
