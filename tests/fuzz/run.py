"""Runs one target: each input is judged, bounded in steps and in memory; what fails is kept in the corpus."""

from __future__ import annotations

import contextlib
import hashlib
import random
import signal
import sys
import time
import traceback
import tracemalloc
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import Any

from tests.fuzz.target import Target
from tests.matrix.carried import ROOT

STEPS_MAX = 400_000
STEPS_BY_BYTE = 4_000
"""Lines of Python one input may cost: so many, and so many more for each of its bytes."""
MEMORY_MAX = 16 << 20
"""Bytes that may be held at once while one input is read."""
SLOW = 25
"""An input that takes so many times as long as the usual one has its steps counted."""
HANGS_S = 20
"""CPU seconds after which whatever runs is broken off: it will not end."""
WEIGH_EVERY = 500
USUAL_MIN_S = 0.0002
"""Shorter than this nothing is measured."""
FOUND_MAX = 5
"""Kinds of failure of one target after which it is not fuzzed on."""
TRIES_MAX = 400
"""So often an input is tried anew to shorten it."""


class Hang(BaseException):
    """An input that does not end."""


@dataclass(frozen=True)
class Finding:
    """What one input broke: `kind` is the same for what is probably the same fault."""

    kind: str
    why: str


@dataclass
class Result:
    """What came of a target's inputs."""

    inputs: int = 0
    words: Counter[str] = field(default_factory=Counter)
    findings: dict[str, tuple[Finding, Path]] = field(default_factory=dict)
    """By kind, and where the shortest input of that kind is kept."""
    slowest: float = 0
    """Times the usual input."""


def fuzz(target: Target, count: int, seed: int, *, corpus: Path | None = None) -> Result:
    """So many inputs from this seed; one of each kind of failure is shortened and kept in `corpus`.

    Left out, the target's own.
    """
    rng, result = random.Random(f"{seed}/{target.name}"), Result()
    known, usual_s = target.known(), 0.0
    for number in range(count):
        data = target.mutate(known, rng)
        begun = time.process_time()
        found = judged(target, data, result.words)
        spent_s = time.process_time() - begun
        usual_s = spent_s if not number else usual_s + (spent_s - usual_s) / min(number + 1, 200)
        result.inputs += 1
        result.slowest = max(result.slowest, spent_s / max(usual_s, USUAL_MIN_S))
        if found is None and spent_s > SLOW * max(usual_s, USUAL_MIN_S):
            found = too_many_steps(target, data)
        if found is None and number % WEIGH_EVERY == 0:
            found = too_much_memory(target, data)
        if found is not None and found.kind not in result.findings:
            result.findings[found.kind] = found, keep(corpus or target.folder, shortened(target, data, found))
            if len(result.findings) >= FOUND_MAX:
                break
    return result


def judged(target: Target, data: bytes, words: Counter[str] | None = None) -> Finding | None:
    """What this input breaks; None = nothing."""
    try:
        with breaking_off():
            word = target.check(data)
    except Hang:
        return Finding("hang", f"does not end within {HANGS_S} s of CPU")
    except Exception as error:  # noqa: BLE001 - whatever a reader lets out is a finding
        frames = [one for one in traceback.extract_tb(error.__traceback__) if str(ROOT) in one.filename]
        place = f"{Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "nowhere"
        return Finding(f"{type(error).__name__} at {place}", str(error)[:300])
    if words is not None:
        words[word] += 1
    return None


def shortened(target: Target, data: bytes, found: Finding) -> bytes:
    """The same kind of failure from fewer bytes, in a bounded number of tries."""
    size, tries = max(len(data) // 2, 1), 0
    while size and tries < TRIES_MAX and found.kind != "hang":
        for at in range(0, len(data), size):
            tries += 1
            shorter = data[:at] + data[at + size :]
            again = judged(target, shorter)
            if again is not None and again.kind == found.kind:
                data = shorter
                break
        else:
            size //= 2
    return data


def keep(folder: Path, data: bytes) -> Path:
    """Save the input under a name of its own content."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"found-{hashlib.sha256(data).hexdigest()[:12]}"
    path.write_bytes(data)
    return path


def too_many_steps(target: Target, data: bytes) -> Finding | None:
    """Counted, not timed: the lines of Python that one input costs."""
    allowed, steps = STEPS_MAX + STEPS_BY_BYTE * len(data), 0

    def count(_frame: FrameType, event: str, _arg: Any) -> Any:
        nonlocal steps
        steps += event == "line"
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        target.check(data)
    finally:
        sys.settrace(before)
    if steps <= allowed:
        return None
    return Finding("steps", f"costs {steps} steps for {len(data)} bytes, {allowed} allowed")


def too_much_memory(target: Target, data: bytes) -> Finding | None:
    """What is held at once while it is read."""
    tracemalloc.start()
    try:
        target.check(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    if peak <= MEMORY_MAX:
        return None
    return Finding("memory", f"holds {peak} bytes for {len(data)}, {MEMORY_MAX} allowed")


@contextlib.contextmanager
def breaking_off() -> Iterator[None]:
    """Hang in the main thread after HANGS_S of CPU; elsewhere nothing is bounded."""

    def over(_number: int, _frame: FrameType | None) -> None:
        raise Hang

    before = signal.signal(signal.SIGPROF, over)
    signal.setitimer(signal.ITIMER_PROF, HANGS_S)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
