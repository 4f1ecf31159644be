"""A simulated E1 over the shared pump body: the frames written a second time, from the document."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

from simulators.bodies.pump import PumpBody

TENTH = Decimal("0.1")


class ExampleWire:
    """Answers as the E1 does; what it does not understand it does not answer."""

    model = "example-e1"
    bytes_per_s = 960

    def __init__(self, body: PumpBody) -> None:
        self._body = body
        self._held = b""

    def receive(self, data: bytes, now_s: float) -> bytes:  # noqa: ARG002 - it answers at once
        """One answer for each whole frame."""
        *lines, self._held = (self._held + data).split(b"\r")
        return b"".join(self._answer(line) for line in lines)

    def tick(self, now_s: float) -> bytes:  # noqa: ARG002 - as above
        """It says nothing unasked."""
        return b""

    def wake_s(self, now_s: float) -> float | None:  # noqa: ARG002 - as above
        """It has no timers."""
        return None

    def _answer(self, line: bytes) -> bytes:
        text, _, total = line.partition(b";")
        if total.decode(errors="replace") != format(sum(text) % 256, "02X"):
            return b""
        word, *given = text.decode(errors="replace").removeprefix("#").split()
        body = f"#{' '.join([word, *self._do(word, given)])}"
        return f"{body};{sum(body.encode()) % 256:02X}\r".encode()

    def _do(self, word: str, given: list[str]) -> list[str]:
        body = self._body
        match word, given:
            case "ID", []:
                return ["E1", "4711", "1.0"]
            case "ST", []:
                left = "-" if body.limit_left_ml is None else _tenths(body.limit_left_ml)
                motion = "run" if body.motion.value != "stopped" else "stop"
                return [motion, _tenths(body.rate_ml_h), left, _tenths(body.counter_ml)]
            case "SET", [rate, limit]:
                body.set_rate(Decimal(rate))
                body.set_limit(Decimal(limit))
            case "GO", []:
                if not body.start():
                    return ["NO", "start"]
            case "HALT", []:
                body.stop()
            case "FREE", []:
                pass
            case _:
                return ["NO", "command"]
        return []


def _tenths(value: Decimal) -> str:
    return str(value.quantize(TENTH, ROUND_DOWN))
