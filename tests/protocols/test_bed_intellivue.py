"""A bed with an IntelliVue, on the network or on its serial port, in the bed file."""

from __future__ import annotations

import pytest

from daemon.bed import Bed, bed_of
from daemon.protocols.plan import Plan
from daemon.protocols.toml_text import parse_toml
from drivers.values import Signal
from tests.protocols.files import CONFIG, bed_plan, changed

EXAMPLE = CONFIG / "bed.example.toml"
S5 = ('model = "s5-dri"\nlink = "serial:/dev/ttyUSB1"', 'model = "{model}"\nlink = "{link}"')


@pytest.mark.parametrize("link", ["udp:192.168.7.30:24105", "serial:/dev/ttyUSB1", "tcp:192.168.7.20:4001"])
def test_it_may_be_the_only_monitor_of_a_bed(link: str) -> None:
    block = S5[1].format(model="intellivue", link=link)
    bed = bed_of(parse_toml("bed.toml", changed(EXAMPLE.read_text(), (S5[0], block))), EXAMPLE)
    assert isinstance(bed, Bed), bed
    assert bed.monitors[0].capabilities.signals == {Signal.HR, Signal.SPO2, Signal.NIBP_SYS}
    assert isinstance(bed_plan(bed), Plan)


def test_a_monitor_that_does_not_speak_udp_is_refused_on_it() -> None:
    block = S5[1].format(model="s5-dri", link="udp:192.168.7.30:24105")
    found = bed_of(parse_toml("bed.toml", changed(EXAMPLE.read_text(), (S5[0], block))), EXAMPLE)
    assert isinstance(found, list)
    assert [fault.key for fault in found] == ["monitors[0].link"]
