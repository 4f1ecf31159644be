"""Every code and unit of both HL7 dialects, against the device's page and against ISO/IEEE 11073-10101."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from drivers.monitors.hl7_oru.codes import breaths_source, by_cuff, in_our_unit, signal_of
from drivers.monitors.hl7_oru.message import Observation, parse_message
from drivers.values import Signal

D = Decimal
PAGE = Path(__file__).parents[2] / "docs" / "devices" / "hl7-oru.md"
ROW = re.compile(r"^\| ([a-z0-9_, ]+) \| ([0-9a-f, ]+) \| ([0-9a-z,;. -]+) \|$", re.MULTILINE)
HEAD = "MSH|^~\\&|MON|ICU|||20120510123510||ORU^R01|1|P|2.4"


def observed(code: str, *, system: str = "MDC", place: str = "", method: str = "") -> Observation:
    row = f"OBX|1|NM|{code}^x^{system}|{place}|1||||||F||||||{method}"
    (group,) = parse_message([HEAD, row]).groups
    return group.observations[0]


def spread(text: str) -> list[list[str]]:
    """`150021-3` is three codes of three signals; other lists are several codes of one."""
    found = []
    for part in re.findall(r"[0-9a-f]+(?:-\d)?", text.replace("of the cuff", "")):
        first, _, last = part.partition("-")
        found.append([first[:-1] + str(n) for n in range(int(first[-1]), int(last) + 1)] if last else [part])
    return found


def on_the_page() -> list[tuple[str, str]]:
    """(code, signal) as the page has them."""
    section = PAGE.read_text(encoding="utf-8").split("## Signals")[1].split("\n## ")[0]
    codes = []
    for names, philips, mdc in ROW.findall(section):
        signals = names.split(", ")
        for number, code in enumerate(philips.split(", ")):
            codes.append((f"0002-{code}", signals[number % len(signals)]))
        for group in spread(mdc):
            codes += [(code, signals[number]) for number, code in enumerate(group)]
    return codes


def test_the_page_has_all_nine_signals() -> None:
    codes = on_the_page()
    assert len(codes) == 28
    assert {signal for _, signal in codes} == set(map(str, (*Signal,))) - {"pef"}


@pytest.mark.parametrize(("code", "signal"), on_the_page())
def test_each_code_of_the_page_is_read(code: str, signal: str) -> None:
    """And no code of MDC where another system is named."""
    assert signal_of(observed(code)) == signal
    if code.startswith("0002-"):
        assert signal_of(observed(code.replace("-", "*").upper())) == signal
    else:
        assert signal_of(observed(code, system="")) == signal
        assert signal_of(observed(code, system="LN")) is None


@pytest.mark.parametrize("code", ["0002-4183", "147843", "0002-", "xx0002-4182", "0002-41820", "8867-4"])
def test_another_code_is_none_of_ours(code: str) -> None:
    assert signal_of(observed(code)) is None


RATES = (
    "0004-0aa0",
    "0004-0ae0",
    "264864",
    "264928",
    "/min",
    "1/min",
    "bpm",
    "rpm",
    "{beat}/min",
    "{beats}/min",
)
UNITS = [
    *((Signal.HR, unit, "72") for unit in (*RATES, "{breath}/min")),
    *((Signal.SPO2, unit, "72") for unit in ("0004-0220", "262688", "%")),
    *((Signal.NIBP_SYS, unit, "72") for unit in ("0004-0f20", "266016", "mm[Hg]", "mmHg")),
    *((Signal.NIBP_MEAN, unit, "540.04464") for unit in ("0004-0f03", "265987", "kPa")),
    *((Signal.TEMP, unit, "72") for unit in ("0004-1710", "0004-17a0", "268192", "Cel", "C", "degC", "°C")),
    *((Signal.TEMP, unit, "22.222") for unit in ("266560", "[degF]", "°F")),
]


@pytest.mark.parametrize(("signal", "unit", "value"), UNITS)
def test_each_unit_is_known_and_converted_once(signal: Signal, unit: str, value: str) -> None:
    """72 of it: 1 kPa is 7.50062 mmHg, 72 °F are 22.222 °C."""
    assert in_our_unit(signal, D(72), (unit,)) == D(value)
    assert in_our_unit(signal, D(72), ("nonsense", unit.upper())) == D(value), "the one that is known"
    assert in_our_unit(signal, D(72), ("nonsense",)) is None


@pytest.mark.parametrize(
    ("unit", "signals"),
    [
        ("/min", {Signal.HR, Signal.PULSE, Signal.RR}),
        ("%", {Signal.SPO2}),
        ("mmHg", {Signal.NIBP_SYS, Signal.NIBP_DIA, Signal.NIBP_MEAN, Signal.ETCO2}),
        ("Cel", {Signal.TEMP}),
    ],
)
def test_each_signal_is_taken_as_it_is_in_its_own_unit(unit: str, signals: set[Signal]) -> None:
    ours = [signal for signal in (*Signal,) if signal is not Signal.PEF]
    assert {signal for signal in ours if in_our_unit(signal, D(72), (unit,)) == 72} == signals


def test_a_unit_of_another_kind_is_no_unit() -> None:
    for signal in (*Signal,):
        if signal is not Signal.PEF:
            wrong = "%" if signal is not Signal.SPO2 else "mmHg"
            assert in_our_unit(signal, D(72), (wrong,)) is None


def test_only_where_no_other_unit_is_in_use_none_is_needed() -> None:
    bare = {
        signal for signal in (*Signal,) if signal is not Signal.PEF and in_our_unit(signal, D(72), ()) == 72
    }
    assert bare == {Signal.HR, Signal.PULSE, Signal.RR, Signal.SPO2}


@pytest.mark.parametrize(
    ("code", "method", "cuff"),
    [
        ("149546", "", 1),
        ("149530", "", 0),
        ("149530", "NBP", 1),
        ("149530", "auto-NIBP", 1),
        ("149522", "Cuff", 1),
    ],
)
def test_a_pulse_says_whether_the_cuff_took_it(code: str, method: str, *, cuff: int) -> None:
    assert by_cuff(observed(code, method=method)) is bool(cuff)


@pytest.mark.parametrize(
    ("code", "place", "source"),
    [
        ("151562", "1.20.1.1", "co2"),
        ("151562", "1.6.1.1", "impedance"),
        ("151562", "1.7.1.1", ""),
        ("151562", "20", ""),
        ("151562", "1.20", "co2"),
        ("151562", "", ""),
        ("0002-5012", "", "co2"),
        ("0002-5000", "1.20.1.1", ""),
    ],
)
def test_breaths_say_where_they_were_counted(code: str, place: str, source: str) -> None:
    assert breaths_source(observed(code, place=place)) == source
