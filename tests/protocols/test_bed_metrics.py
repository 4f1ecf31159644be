"""The `[metrics]` table of a bed file: off by default, this host alone unless it says more."""

from __future__ import annotations

from pathlib import Path

import pytest

from daemon.bed import Bed, bed_of
from daemon.bed_metrics import MetricsEntry
from daemon.protocols.faults import Fault
from daemon.protocols.toml_text import parse_toml
from tests.protocols.files import CONFIG

EXAMPLE = (CONFIG / "bed.example.toml").read_text(encoding="utf-8")


def read(table: str) -> Bed | list[Fault]:
    return bed_of(parse_toml("bed.toml", f"{EXAMPLE}\n{table}\n"), Path("bed.toml"))


def test_without_the_table_nothing_listens() -> None:
    bed = read("")
    assert isinstance(bed, Bed)
    assert bed.metrics is None


@pytest.mark.parametrize(
    ("table", "entry"),
    [
        ('listen = "127.0.0.1:9464"', MetricsEntry("127.0.0.1", 9464)),
        ('listen = "localhost:9464"', MetricsEntry("127.0.0.1", 9464)),
        ('listen = "[::1]:9464"', MetricsEntry("::1", 9464)),
        ('listen = "0.0.0.0:9464"\nbeyond_this_host = true', MetricsEntry("0.0.0.0", 9464)),  # noqa: S104
    ],
)
def test_where_it_listens(table: str, entry: MetricsEntry) -> None:
    bed = read(f"[metrics]\n{table}")
    assert isinstance(bed, Bed), bed
    assert bed.metrics == entry


@pytest.mark.parametrize(
    ("table", "key", "says"),
    [
        ("", "metrics.listen", "127.0.0.1:9464"),
        ('listen = "0.0.0.0:9464"', "metrics.listen", "beyond_this_host = true"),
        ('listen = "10.3.0.5:9464"\nbeyond_this_host = false', "metrics.listen", "beyond_this_host = true"),
        ('listen = "ward.example:9464"', "metrics.listen", "names are not looked up"),
        ('listen = "127.0.0.1"', "metrics.listen", "127.0.0.1:9464"),
        ('listen = "127.0.0.1:9464"\nport = 1', "metrics.port", "key"),
    ],
)
def test_what_is_refused(table: str, key: str, says: str) -> None:
    faults = read(f"[metrics]\n{table}")
    assert isinstance(faults, list)
    assert [fault.key for fault in faults] == [key]
    assert says in str(faults[0])
