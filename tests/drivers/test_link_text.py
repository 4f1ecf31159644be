"""What a link text may say, and that nothing else gets through."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.links.text import LinkKind, LinkText, read_link

GOOD = {
    "serial:/dev/ttyUSB0": LinkText(LinkKind.SERIAL, "/dev/ttyUSB0"),
    "memory:bed 1": LinkText(LinkKind.MEMORY, "bed 1"),
    "tcp:192.168.7.20:4001": LinkText(LinkKind.TCP, "192.168.7.20:4001", "192.168.7.20", 4001),
    "tcp:localhost:1": LinkText(LinkKind.TCP, "localhost:1", "127.0.0.1", 1),
    "udp:[fe80::1]:24105": LinkText(LinkKind.UDP, "[fe80::1]:24105", "fe80::1", 24105),
    "mqtt:ward/bed-4/pump_1": LinkText(LinkKind.MQTT, "ward/bed-4/pump_1"),
    "mqtt:" + "x" * 200: LinkText(LinkKind.MQTT, "x" * 200),
    "serial:/dev/ttyUSB0#2A@19200": LinkText(LinkKind.SERIAL, "/dev/ttyUSB0", place="2A@19200"),
    "tcp:10.0.0.5:65535#11": LinkText(LinkKind.TCP, "10.0.0.5:65535", "10.0.0.5", 65535, "11"),
    "listen:[::]:2575": LinkText(LinkKind.LISTEN, "[::]:2575", "::", 2575),
}


@pytest.mark.parametrize("text", GOOD)
def test_good(text: str) -> None:
    assert read_link(text) == GOOD[text]


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("", "expected serial:PATH"),
        ("usb:0", "expected serial:PATH"),
        ("TCP:10.0.0.5:4001", "expected serial:PATH"),
        ("serial: ", "expected serial:PATH"),
        ("tcp:10.0.0.5", "such as tcp:192.168.7.20:4001"),
        ("tcp:10.0.0.5:0", "a port is 1 to 65535"),
        ("tcp:10.0.0.5:65536", "a port is 1 to 65535"),
        ("tcp:10.0.0.5:\uff14001", "such as tcp"),
        ("tcp:pump.ward:4001", "names are not looked up"),
        ("tcp:10.0.0.256:4001", "names are not looked up"),
        ("tcp:fe80::1:4001", "such as tcp"),
        ("tcp:[10.0.0.5]:4001", "not the address of one device"),
        ("udp:0.0.0.0:24105", "not the address of one device"),
        ("udp:224.0.0.1:24105", "not the address of one device"),
        ("mqtt:ward/+/pump", "expected mqtt:TOPIC"),
        ("mqtt:ward/#", "expected mqtt:TOPIC"),
        ("mqtt:/ward", "expected mqtt:TOPIC"),
        ("mqtt:$SYS/x", "expected mqtt:TOPIC"),
        ("mqtt:" + "x" * 201, "expected mqtt:TOPIC"),
    ],
)
def test_bad(text: str, remedy: str) -> None:
    with pytest.raises(ValueError, match="link ") as caught:
        read_link(text)
    assert remedy in str(caught.value)


@given(st.text() | st.from_regex(r"(tcp|udp|mqtt):.{0,40}", fullmatch=True))
def test_any_text_is_a_link_or_a_value_error(text: str) -> None:
    try:
        read = read_link(text)
    except ValueError:
        return
    assert text == f"{read.kind}:{read.rest}"
