"""What a bridge says of the device behind it to a daemon of the same host (F36).

Its name for the topic is an abstract socket: one bridge of a host carries a topic, and only it can answer.
"""

from __future__ import annotations

import asyncio
import json

from daemon.runtime.simulated import Proof, mqtt_door, prove


class BridgeProof:
    """Listens until closed; `instance` begins the name of every session that this bridge gives out."""

    def __init__(self, topic: str, link_text: str, instance: bytes) -> None:
        self._topic = topic
        self._link_text = link_text
        self._instance = instance
        self._server: asyncio.Server | None = None

    async def start(self) -> None:
        """Listen; OSError if another bridge of this host has the topic."""
        self._server = await asyncio.start_unix_server(self._answer, mqtt_door(self._topic), limit=4096)

    def close(self) -> None:
        """Give the name back."""
        if self._server is not None:
            self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Ask the simulator each time: what was one need not be one any more."""
        try:
            await reader.readline()
            proof = await asyncio.to_thread(prove, self._link_text)
            writer.write(json.dumps(self._words(proof)).encode() + b"\n")
            await writer.drain()
        except (ConnectionError, ValueError):
            return
        finally:
            writer.close()

    def _words(self, proof: Proof | None) -> dict[str, object]:
        if proof is None:
            return {"error": "the device behind this bridge does not prove to be a simulator"}
        return {
            "simulator": "infusiond-sim",
            "model": proof.model,
            "speed": proof.speed,
            "device": f"mqtt:{self._topic}",
            "instance": self._instance.hex(),
        }
