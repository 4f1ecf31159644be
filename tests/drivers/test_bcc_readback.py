"""What one cycle of BCC values is read as, in both alarm styles; `_NV` is never zero."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

import pytest

from drivers.errors import BadFrame, WrongDevice
from drivers.pumps.bcc import readback
from drivers.pumps.bcc.records import RACK, Record, records_of, slot_named
from drivers.values import LocalChange, Motion, PumpAlarm, PumpReading, PumpSetting
from tests.drivers import bcc_wire as wire

NOTHING: frozenset[LocalChange] = frozenset()
SINGLE = {**wire.STANDING, **wire.SINGLE}
WORDS = {**wire.STANDING, **wire.WORDS}


def read(values: dict[str, str]) -> PumpReading:
    readback.check_on(values)
    return readback.reading_of(values, frozenset(), NOTHING)


def bits(*places: int) -> str:
    return str(sum(1 << place for place in places))


@pytest.mark.parametrize("values", [SINGLE, WORDS], ids=["single", "words"])
def test_a_standing_pump_reads_the_same_in_both_styles(values: dict[str, str]) -> None:
    assert read(values) == PumpReading(
        motion=Motion.STOPPED,
        rate_ml_h=Decimal("12.50"),
        limit_left_ml=Decimal("7.3"),
        counter_ml=Decimal("2.7"),
        remote=True,
        battery_min=240,
        pressure_percent=12,
    )


@pytest.mark.parametrize("value", ["_NV", None, ""])
@pytest.mark.parametrize("name", ["INRT", "INVI"])
def test_a_rate_or_counter_without_a_value_is_no_zero_and_no_reading(name: str, value: str | None) -> None:
    values = {one: text for one, text in SINGLE.items() if one != name}
    if value is not None:
        values[name] = value
    with pytest.raises(BadFrame, match=f"{name} has no value"):
        read(values)


NEEDED = ("INRT", "INVTB", "VOLREMAIN", "INVI", "RUNSTATE", "OPMODE", "DSSTATUS")


@pytest.mark.parametrize("values", [SINGLE, WORDS], ids=["single", "words"])
def test_what_is_judged_and_temporarily_unavailable_is_no_reading(values: dict[str, str]) -> None:
    styled = set(values) & (set(wire.SINGLE) | set(wire.WORDS))
    for name in (*NEEDED, *styled):
        with pytest.raises(BadFrame, match=f"{name} is temporarily unavailable"):
            read({**values, name: "_NA"})
    spared = read({**values, "INAKKU": "_NA", "INP2": "_NV"})
    assert (spared.battery_min, spared.pressure_percent) == (None, None)


@pytest.mark.parametrize(
    "text", ["12,5", "-1", "1e3", "NaN", "+1", " 1", "0x10", "٣", "1.", ".5", "12345678"]
)
def test_what_is_no_number_is_no_reading(text: str) -> None:
    for name in ("INRT", "INVTB", "VOLREMAIN", "INVI"):
        with pytest.raises(BadFrame, match="is no number"):
            read({**SINGLE, name: text})


@pytest.mark.parametrize("text", ["A0", "0x1", "-1", "1.5", str(1 << 32), "00000000000000000000000000000010"])
def test_a_word_in_another_notation_is_no_reading(text: str) -> None:
    for name in ("STATUS1", "ALARM1", "ALARM2", "PREALARM", "RUNSTATE"):
        with pytest.raises(BadFrame, match="no word of 32 bits"):
            read({**WORDS, name: text})


@pytest.mark.parametrize(
    ("shown", "motion"),
    [
        ({}, Motion.STOPPED),
        ({"RUNSTATE": bits(1)}, Motion.INFUSING),
        ({"INM3": "1"}, Motion.INFUSING),
        ({"STATUS1": bits(0, 7)}, Motion.INFUSING),
        ({"STATUS1": bits(0, 7, 13)}, Motion.KVO),
        ({"RUNSTATE": bits(1, 3)}, Motion.KVO),
        ({"PREALARM": bits(5)}, Motion.KVO),
        ({"INM10": "1"}, Motion.KVO),
        ({"STATUS1": bits(0, 10)}, Motion.BOLUS),
        ({"STATUS1": bits(0, 11)}, Motion.BOLUS),
        ({"STATUS1": bits(0, 4)}, Motion.BOLUS),
        ({"INM2": "1"}, Motion.BOLUS),
        ({"INM14": "1"}, Motion.BOLUS),
        ({"INM10": "1", "INM2": "1"}, Motion.BOLUS),
        *(({"OPMODE": str(mode), "INM2": "1"}, Motion.PROGRAM) for mode in (1, 2, 3, 4, 5, 7)),
        ({"RUNSTATE": bits(0), "INM3": "1"}, Motion.INFUSING),
        ({"RUNSTATE": "_NV"}, Motion.STOPPED),
        ({"RUNSTATE": "_NV", "INM3": "_NV", "STATUS1": bits(0, 1)}, Motion.STOPPED),
    ],
)
def test_motion_is_the_most_dangerous_of_what_is_said_f24_f26(shown: dict[str, str], motion: Motion) -> None:
    assert read({**SINGLE, **shown}).motion is motion


def test_a_pump_is_not_stopped_because_nothing_says_that_it_runs() -> None:
    for shown in ({"RUNSTATE": "_NV", "INM3": "_NV"}, {"RUNSTATE": "_NV", "INM3": "_NV", "INM10": "0"}):
        with pytest.raises(BadFrame, match="nothing says whether it runs"):
            read({**SINGLE, **shown})


Bits = Mapping[PumpAlarm, tuple[int, ...]] | Mapping[PumpAlarm | None, tuple[int, ...]]

ALARM1 = {
    PumpAlarm.BATTERY_EMPTY: (2, 5, 6, 7, 8),
    PumpAlarm.EMPTY: (9,),
    PumpAlarm.OCCLUSION: (10, 11, 20),
    PumpAlarm.STANDBY_END: (12,),
    PumpAlarm.LIMIT_REACHED: (13,),
    PumpAlarm.TIME_END: (14,),
    PumpAlarm.SYRINGE: (15, 17, 18),
    PumpAlarm.KVO_END: (19,),
    PumpAlarm.DRIP: (22, 23, 24, 25, 26, 27),
    PumpAlarm.AIR: (28, 29, 30, 31),
    PumpAlarm.UNKNOWN: (0, 1, 3, 4, 16, 21),
}
ALARM2 = {
    PumpAlarm.LOCAL_KEY: (1,),
    PumpAlarm.PCA_LIMIT: (2,),
    PumpAlarm.OCCLUSION: (29,),
    PumpAlarm.DOOR_OPEN: (30,),
    PumpAlarm.SYRINGE: (31,),
    PumpAlarm.UNKNOWN: (0, 3, 4, 5, 6, 7, *range(8, 29)),
}
PREALARM = {
    PumpAlarm.SYRINGE: (1,),
    PumpAlarm.BATTERY_LOW: (4,),
    PumpAlarm.KVO_RUNNING: (5,),
    PumpAlarm.UNKNOWN: (0, 6, 7, 8, 9, *range(13, 32)),
    None: (2, 3, 10, 11, 12),
}
INDICATORS = {
    1: PumpAlarm.BATTERY_EMPTY,
    2: PumpAlarm.EMPTY,
    3: PumpAlarm.OCCLUSION,
    5: PumpAlarm.STANDBY_END,
    6: PumpAlarm.LINK_TIMEOUT,
    7: PumpAlarm.LIMIT_REACHED,
    8: PumpAlarm.TIME_END,
    9: PumpAlarm.SYRINGE,
    11: PumpAlarm.BATTERY_LOW,
    12: PumpAlarm.NEAR_EMPTY,
    13: PumpAlarm.DOOR_OPEN,
    14: PumpAlarm.DRIP,
    15: PumpAlarm.AIR,
    16: PumpAlarm.KVO_END,
}


@pytest.mark.parametrize(("word", "table"), [("ALARM1", ALARM1), ("ALARM2", ALARM2), ("PREALARM", PREALARM)])
def test_every_bit_of_every_word_has_its_alarm(word: str, table: Bits) -> None:
    assert sorted(bit for places in table.values() for bit in places) == list(range(32))
    for alarm, places in table.items():
        for place in places:
            assert read({**WORDS, word: bits(place)}).alarms == ({alarm} if alarm else set())
    everything = {alarm for alarm in table if alarm is not None}
    assert read({**WORDS, word: str((1 << 32) - 1)}).alarms == everything


@pytest.mark.parametrize(("number", "alarm"), INDICATORS.items())
def test_every_single_alarm_padded_or_not(number: int, alarm: PumpAlarm) -> None:
    for name in {f"INA{number}", f"INA{number:02}"}:
        records = [Record(1, "11", one, value) for one, value in SINGLE.items() if one != f"INA{number}"]
        values = readback.values_of([*records, Record(1, "11", name, "1")], "11")
        assert read(values).alarms == {alarm}


def test_alarms_in_neither_style_are_no_reading() -> None:
    with pytest.raises(BadFrame, match="it shows no alarms"):
        read({**wire.STANDING, "INM3": "0"})
    with pytest.raises(BadFrame, match="it shows no alarms"):
        read({**wire.STANDING, "ALARM1": "_NV", "ALARM2": "0"})


def test_an_alarm_that_nothing_names_is_unknown() -> None:
    assert read({**SINGLE, "RUNSTATE": bits(0, 2)}).alarms == {PumpAlarm.UNKNOWN}
    assert read({**SINGLE, "RUNSTATE": bits(0, 2), "INA3": "1"}).alarms == {PumpAlarm.OCCLUSION}


@pytest.mark.parametrize(
    ("shown", "left"),
    [
        ({}, Decimal("7.3")),
        ({"INVTB": "0.0"}, None),
        ({"INVTB": "_NV"}, None),
        ({"VOLREMAIN": "_NV"}, Decimal("10.0")),
        ({"VOLREMAIN": "0.0"}, Decimal(0)),
        ({"VOLREMAIN": "0.0", "INM3": "1"}, None),
        ({"VOLREMAIN": "0.0", "INM3": "1", "INA7": "1"}, Decimal(0)),
        ({"VOLREMAIN": "0.0", "INM3": "1", "INM10": "1"}, Decimal(0)),
    ],
)
def test_no_limit_is_none_and_a_limit_used_up_is_zero_f7(shown: dict[str, str], left: Decimal | None) -> None:
    assert read({**SINGLE, **shown}).limit_left_ml == left


@pytest.mark.parametrize(
    ("shown", "rate", "limit"),
    [
        ({}, "12.50", "10.0"),
        ({"INVTB": "_NV"}, "12.50", None),
        ({"INVTB": "0"}, "12.50", None),
        ({"INRT": "0.00", "BASRT": "5.00"}, "5.00", "10.0"),
        ({"INRT": "0.00", "BASRT": "_NV"}, "0.00", "10.0"),
        ({"INRT": "0.00", "BASRT": "5.00", "INM3": "1"}, "0.00", "10.0"),
        ({"INRT": "4.00", "BASRT": "5.00"}, "4.00", "10.0"),
    ],
)
def test_the_setting_as_shown_f7(shown: dict[str, str], rate: str, limit: str | None) -> None:
    wanted = PumpSetting(Decimal(rate), Decimal(limit) if limit is not None else None)
    assert readback.setting_of({**SINGLE, **shown}) == wanted


def test_hands_and_mains() -> None:
    for status, local in ((bits(0, 24), LocalChange.OPERATING), (bits(0, 19), LocalChange.SILENCE)):
        assert read({**WORDS, "STATUS1": status}).local == {local}
    assert read({**SINGLE, "RUNSTATE": bits(0, 4)}).local == {LocalChange.OPERATING}
    assert [read({**SINGLE, "INM8": text}).mains for text in ("1", "0", "_NV")] == [True, False, True]
    assert [read({**WORDS, "STATUS1": text}).mains for text in (bits(0), bits(0, 1))] == [False, True]


def test_a_pump_that_is_switched_off_is_no_reading() -> None:
    for values in ({**SINGLE, "DSSTATUS": "00050"}, {**WORDS, "STATUS1": "0"}):
        with pytest.raises(BadFrame, match="switched off"):
            read(values)


@pytest.mark.parametrize(
    ("model", "new", "name", "firmware"),
    [
        ("688N030001", "688", "Perfusor Space", "N030001 688"),
        ("686", "_NV", "Infusomat Space", ""),
        ("_NV", "I0003 1.2", "Compact plus", "1.2"),
        ("U010008", "588", "Perfusor Space (US)", "U010008"),
    ],
)
def test_the_model_is_looked_for_in_both_parameters(model: str, new: str, name: str, firmware: str) -> None:
    identity = readback.identity_of({**SINGLE, "GNMODEL": model, "GNNEW": new}, "V3.30")
    assert (identity.model, identity.firmware, identity.protocol) == (name, firmware, "V3.30")


def test_another_device_or_none_is_no_pump_of_ours() -> None:
    with pytest.raises(WrongDevice, match="model 999: no Space or Compact plus pump"):
        readback.identity_of({**SINGLE, "GNMODEL": "999", "GNNEW": "_NV"}, "")
    unsaid = {**SINGLE, "GNMODEL": "_NV", "GNNEW": "_NV"}
    assert readback.identity_of(unsaid, "").model == "Space or Compact plus pump"
    with pytest.raises(WrongDevice, match="model not told"):
        readback.identity_of({**unsaid, "INSERNUM": "_NV"}, "")
    assert readback.serial_of({"INNR": "77"}) == "77"
    assert readback.serial_of({"INSERNUM": "_NV"}) == ""


@pytest.mark.parametrize(
    ("address", "slot"),
    [("50111", "11"), ("50139", "39"), ("5011A", "1A"), ("501110", "1A"), ("501324", "3O"), ("50100", RACK)],
)
def test_addresses_of_five_and_of_six_digits(address: str, slot: str) -> None:
    (record,) = records_of([f"206,{address},INRT,1,5 µ".encode()])
    assert record == Record(206, slot, "INRT", "1,5 µ")
    if slot != RACK:
        assert slot_named(address[3:]) == slot


@pytest.mark.parametrize(
    "address", ["50141", "5011P", "501125", "501100", "60111", "5011", "501111 ", "", "50a"]
)
def test_what_is_no_address_is_no_record(address: str) -> None:
    with pytest.raises(BadFrame, match="is no record"):
        records_of([f"206,{address},INRT,1".encode()])


def test_every_way_of_cutting_records_into_blocks_reads_the_same() -> None:
    text = wire.records({**SINGLE, "INSOL": "1,2,3 µg, 11"})
    whole = records_of([text])
    for size in range(1, len(text)):
        assert records_of([text[at : at + size] for at in range(0, len(text), size)]) == whole
    lines = text.split(b"\x1e")
    for count in range(1, len(lines)):
        groups = [b"\x1e".join(lines[at : at + count]) for at in range(0, len(lines), count)]
        assert records_of(groups) == whole
        assert records_of([group + b"\x1e" for group in groups]) == whole


def test_values_of_another_slot_and_refusals_are_no_values_of_this_one() -> None:
    records = [
        Record(1, "11", "INRT", "1"),
        Record(1, "12", "INRT", "2"),
        Record(1, "11", "GNACK", "0"),
        Record(1, "11", "GNERR", "5"),
    ]
    assert readback.values_of(records, "11") == {"INRT": "1"}
    assert readback.values_of(records, "12") == {"INRT": "2"}


def test_the_code_of_a_refusal_is_a_number_where_it_is_one() -> None:
    assert (readback.code_of("7"), readback.code_of("x7"), readback.code_of("")) == (7, "x7", "")
