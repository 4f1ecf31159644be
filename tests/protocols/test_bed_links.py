"""The links of a bed file and its `[links]` table: what is refused, and with which words."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from daemon.bed import Bed, bed_of
from daemon.cli.main import main
from daemon.protocols.faults import Fault
from daemon.protocols.toml_text import parse_toml
from tests.protocols.files import CASTELLS, CONFIG, changed

BED = CONFIG / "bed.example.toml"
LINKS = '\n[links]\nbroker = "10.3.0.5:8883"\nkey_file = "bed.key"\n'
MQTT = ("serial:/dev/ttyUSB0", "mqtt:ward/bed/pump")


def bed(links: str, *changes: tuple[str, str]) -> Bed | list[Fault]:
    return bed_of(parse_toml("bed.toml", changed(BED.read_text(), *changes) + links), Path("/beds/bed.toml"))


def only(links: str, *changes: tuple[str, str]) -> Fault:
    found = bed(links, *changes)
    assert isinstance(found, list)
    assert len(found) == 1, [str(fault) for fault in found]
    return found[0]


def test_a_broker_and_a_key_file_from_the_folder_of_the_bed_file() -> None:
    more = 'ca = "ca.pem"\nserver_name = "broker.hospital"\ncert = "us.pem"\ncert_key = "us.key"\n'
    read = bed(LINKS + more, MQTT)
    assert isinstance(read, Bed)
    entry = read.broker
    assert entry is not None
    assert (entry.address, entry.port, entry.key_file) == ("10.3.0.5", 8883, "bed.key")
    assert (entry.ca, entry.server_name) == (Path("/beds/ca.pem"), "broker.hospital")
    assert (entry.cert, entry.cert_key) == (Path("/beds/us.pem"), Path("/beds/us.key"))
    plain = bed(LINKS, MQTT)
    assert isinstance(plain, Bed)
    assert plain.broker is not None
    assert (plain.broker.ca, plain.broker.server_name) == (None, "10.3.0.5")


def test_an_mqtt_link_without_a_broker_is_refused() -> None:
    fault = only("", MQTT)
    assert (fault.key, fault.code) == ("links", "missing")


@pytest.mark.parametrize(
    ("links", "key"),
    [
        (LINKS.replace("10.3.0.5:8883", "broker.hospital:8883"), "links.broker"),
        (LINKS.replace("10.3.0.5:8883", "10.3.0.5"), "links.broker"),
        (LINKS + 'server_name = "x"\n', "links.ca"),
        (LINKS + 'ca = "ca.pem"\ncert = "x"\n', "links.cert"),
        (LINKS + 'key = "00112233"\n', "links.key"),
    ],
)
def test_faults_of_the_table(links: str, key: str) -> None:
    """A key in the bed file itself is a key nobody knows: the table has no such word."""
    assert only(links, MQTT).key == key


def refusal(folder: Path, key_mode: int | None, more: str = "") -> str:
    """What `serve` says before it opens anything."""
    protocol = folder / "protocols" / CASTELLS.name
    protocol.parent.mkdir()
    protocol.write_text(CASTELLS.read_text())
    (folder / "bed.toml").write_text(changed(BED.read_text(), MQTT) + LINKS + more)
    if key_mode is not None:
        (folder / "bed.key").write_text("ab" * 32)
        (folder / "bed.key").chmod(key_mode)
    result = CliRunner().invoke(main, ["serve", str(folder / "bed.toml")])
    assert result.exit_code == 2
    return result.output


def test_f36_a_pump_behind_a_broker_proves_nothing_by_itself(tmp_path: Path) -> None:
    assert "does not prove to be a simulator" in refusal(tmp_path, 0o600)


BRIDGE = ["bridge", "--link", "serial:/dev/ttyUSB0", "--mqtt", "127.0.0.1:1883", "--topic", "a/b"]


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"--key-file": "open.key"}, "others can read or change this key"),
        ({"--key-file": "none.key"}, "cannot be read"),
        ({"--link": "udp:10.0.0.5:24105"}, "a bridge carries serial:PATH or tcp:ADDRESS:PORT"),
        ({"--link": "/dev/ttyUSB0"}, "expected serial:PATH"),
        ({"--mqtt": "broker:1883"}, "names are not looked up"),
        ({"--topic": "a/#"}, "expected mqtt:TOPIC"),
        ({"--server-name": "x"}, "need --ca"),
        ({"--ca": "none.pem"}, "No such file"),
    ],
)
def test_what_a_bridge_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict[str, str], words: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, mode in (("open.key", 0o644), ("good.key", 0o600)):
        (tmp_path / name).write_text("ab" * 32)
        (tmp_path / name).chmod(mode)
    options = dict(zip(BRIDGE[1::2], BRIDGE[2::2], strict=True)) | {"--key-file": "good.key"} | change
    result = CliRunner().invoke(main, ["bridge", *(word for pair in options.items() for word in pair)])
    assert result.exit_code == 2
    assert words in result.output


PUBLISHED = (
    ('model = "s5-dri"', 'model = "mqtt-json"'),
    ("serial:/dev/ttyUSB1", "mqtt:ward/bed"),
)
BROKER = '\n[links]\nbroker = "10.3.0.5:1883"\n'


def test_a_publisher_needs_a_broker_and_no_key() -> None:
    read = bed(BROKER, *PUBLISHED)
    assert isinstance(read, Bed)
    assert read.monitors[0].places is None
    assert only("", *PUBLISHED).key == "links"
    assert only(BROKER, MQTT).key == "links.key_file"


def test_where_a_publishers_signals_stand() -> None:
    signals = bed(BROKER, *PUBLISHED)
    assert isinstance(signals, Bed)
    lines = "".join(
        f'{signal} = {{ topic = "vitals/{signal}", unit_is = "x", valid = "q", good = ["ok"] }}\n'
        for signal in signals.monitors[0].signals
    )
    mapped = f"topics = {{}}\n[monitors.topics]\n{lines}".removeprefix("topics = {}\n")
    place = ("[journal]", f"{mapped}\n[journal]")
    read = bed(BROKER, *PUBLISHED, place)
    assert isinstance(read, Bed), [str(fault) for fault in read]
    places = read.monitors[0].places
    assert places is not None
    assert {one.topic for one in places.values()} == {f"vitals/{s}" for s in signals.monitors[0].signals}
    assert {(one.unit_is, one.valid, one.good) for one in places.values()} == {("x", "q", ("ok",))}


@pytest.mark.parametrize(
    ("topics", "key"),
    [
        ('temp = { topic = "temp" }', "monitors[0].topics."),
        ('hr = { topic = "+/hr" }', "monitors[0].topics.hr.topic"),
        ('hr = { value = "x" }', "monitors[0].topics.hr.topic"),
        ('pain = { topic = "pain" }', "monitors[0].topics"),
    ],
)
def test_faults_of_topics(topics: str, key: str) -> None:
    found = bed(BROKER, *PUBLISHED, ("[journal]", f"[monitors.topics]\n{topics}\n[journal]"))
    assert isinstance(found, list)
    assert any(fault.key.startswith(key) for fault in found), [fault.key for fault in found]


def test_a_device_of_a_maker_has_no_topics() -> None:
    fault = only("", ("[journal]", '[monitors.topics]\nhr = { topic = "hr" }\n[journal]'))
    assert (fault.key, fault.code) == ("monitors[0].topics", "topics")
