"""The `mqtt:` links of a bed, ready to be opened."""

from __future__ import annotations

import functools
import secrets
from collections.abc import Callable, Mapping

from daemon.bed_broker import BrokerEntry
from daemon.link_key import read_key
from daemon.private_file import check_private
from daemon.runtime.simulated import Proof
from drivers.interfaces import Link
from drivers.links.mqtt.broker import Broker, Connection, Tls, tls_context
from drivers.links.mqtt.envelope import SESSION_BYTES
from drivers.links.mqtt.link import MqttLink
from drivers.links.mqtt.stream import Seal
from drivers.links.text import LinkKind, read_link


def new_session() -> bytes:
    """The name of one connection: nobody has used it and nobody can guess it."""
    return secrets.token_bytes(SESSION_BYTES)


def broker_of(entry: BrokerEntry) -> Broker:
    """The broker of a `[links]` table; OSError if a certificate cannot be used."""
    if entry.ca is None:
        return Broker(entry.address, entry.port)
    tls = Tls(entry.ca, entry.server_name, entry.cert, entry.cert_key)
    if entry.cert is not None:
        check_private(entry.cert_key or entry.cert)
    tls_context(tls)
    return Broker(entry.address, entry.port, tls)


class MqttLinks:
    """One broker and one key for all `mqtt:` links of a bed. NoKey, or OSError for a certificate."""

    def __init__(
        self, entry: BrokerEntry, now_ms: Callable[[], int], proofs: Mapping[str, Proof | None]
    ) -> None:
        self.connect = functools.partial(Connection, broker_of(entry))
        self._key = read_key(entry.key_file, entry.folder) if entry.key_file is not None else None
        self._now_ms = now_ms
        self._proofs = proofs

    def link(self, text: str) -> Link | None:
        """The link of an `mqtt:` text; None for every other, which its driver opens by itself."""
        read = read_link(text)
        if read.kind is not LinkKind.MQTT or self._key is None:
            return None
        proof = self._proofs.get(text)
        far = proof.instance if proof is not None else b""
        return MqttLink(Seal(self._key, read.rest), self.connect, self._now_ms, new_session, far_begins=far)
