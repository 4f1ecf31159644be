"""The feeds of a bed file: what is refused and what comes out."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.bed import bed_of, load_bed
from daemon.bed_feeds import Hl7Entry, Tls
from daemon.protocols.toml_text import parse_toml
from tests.protocols.files import CONFIG

EXAMPLE = (CONFIG / "bed.example.toml").read_text(encoding="utf-8")
HL7 = """
[feeds.hl7]
host = "ward"
port = 2575
device_id = "0A1B2C3D4E5F6071"
"""
TLS = """
[feeds.hl7.tls]
ca = "ca.pem"
"""


@pytest.mark.parametrize(
    ("old", "new", "place", "says"),
    [
        ('"0A1B2C3D4E5F6071"', '"0a1b"', "feeds.hl7.device_id", "16 hex digits"),
        ("port = 2575", "port = 70000", "feeds.hl7.port", "65535"),
        ('host = "ward"\n', "", "feeds.hl7.host", "hl7.ward.example"),
        ("port = 2575", "port = 2575\nspeed = 3", "feeds.hl7.speed", "key"),
    ],
    ids=["no EUI-64", "no port", "no host", "unknown key"],
)
def test_a_feed_that_cannot_be_is_refused(old: str, new: str, place: str, says: str) -> None:
    read = bed_of(parse_toml("bed.toml", EXAMPLE + HL7.replace(old, new)), Path("bed.toml"))
    assert isinstance(read, list)
    assert [fault.key for fault in read] == [place]
    assert says in str(read[0])


def test_paths_of_certificates_start_at_the_bed_file(tmp_path: Path) -> None:
    file = tmp_path / "bed.toml"
    file.write_text(EXAMPLE + HL7 + TLS, encoding="utf-8")
    bed = load_bed(file)
    assert not isinstance(bed, list), bed
    tls = Tls(tmp_path / "ca.pem", None, None)
    assert bed.feeds.hl7 == Hl7Entry("ward", 2575, "0A1B2C3D4E5F6071", "", "", tls)
    assert bed.feeds.names == ("hl7",)


def test_a_bed_without_feeds_expects_none(tmp_path: Path) -> None:
    file = tmp_path / "bed.toml"
    file.write_text(EXAMPLE, encoding="utf-8")
    bed = load_bed(file)
    assert not isinstance(bed, list), bed
    assert bed.feeds.names == ()
