"""The `[metrics]` table of a bed file: where `infusiond metrics` listens."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address
from typing import Annotated, Self

from pydantic import AfterValidator, Field, model_validator

from daemon.protocols.numbers import refusal
from daemon.protocols.section import Section, Text
from drivers.links.text import read_link


def _listen(value: str) -> str:
    """An address of this host and a port, written as in a `listen:` link."""
    try:
        read_link(f"listen:{value}")
    except ValueError:
        problem = "this is no address with a port, and names are not looked up"
        raise refusal("listen", problem, 'write such as "127.0.0.1:9464"') from None
    return value


class MetricsIn(Section):
    """Where metrics are told: nobody is asked who he is, so only this host, unless the file says more."""

    listen: Annotated[Text, AfterValidator(_listen)] = Field(
        description='address and port, such as listen = "127.0.0.1:9464"'
    )
    beyond_this_host: bool = False

    @model_validator(mode="after")
    def _loopback(self) -> Self:
        if (
            not self.beyond_this_host
            and not ip_address(read_link(f"listen:{self.listen}").address).is_loopback
        ):
            raise refusal(
                "beyond_this_host",
                "whoever reaches this address could read the figures of the bed",
                'listen on "127.0.0.1:9464", or write beyond_this_host = true',
                key="listen",
            )
        return self


@dataclass(frozen=True, slots=True)
class MetricsEntry:
    """Where metrics are told."""

    host: str
    port: int


def metrics_entry(read: MetricsIn | None) -> MetricsEntry | None:
    """The listener of a bed; None = there is none."""
    if read is None:
        return None
    at = read_link(f"listen:{read.listen}")
    return MetricsEntry(at.address, at.port)
