"""A story: what strikes one run and when, drawn from a seed; played, judged, shortened and told in words."""

from __future__ import annotations

import asyncio
import contextlib
import random
import tempfile
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

from simulators.campaign.beds import BEDS, drawn_bed, world_of
from simulators.campaign.broken import Broken
from simulators.campaign.cost import Cost
from simulators.campaign.deaths import DEATHS, NTH, Fate
from simulators.campaign.device_alarms import ALARMS
from simulators.campaign.faults import FAULTS, Strike
from simulators.campaign.judge import INVARIANTS, Judge
from simulators.campaign.lies import LIES
from simulators.campaign.people import PEOPLE
from simulators.campaign.scene import nursed
from simulators.campaign.stories import Ended, Event, Profile, Story
from simulators.campaign.troubles import TROUBLES
from simulators.campaign.ward import WARD, WardSide
from simulators.campaign.world import Dead, World

WATCH_S = 100
"""From the last fault on: longer than a slice and every ordered wait."""
HEALED_S = 20
RUNS_S = ((2, 118), (122, 238), (300, 480))
"""When drug flows in the brisk plan: mostly there the faults strike, in any step alike."""
NO_BOUND = ({"no_limit", "kill"}, {"no_limit", "cut_off"}, {"no_limit", "host_down"}, {"no_limit", "suspend"})
"""A pump that forgets its limit while nothing can reach it: only its own watchdog bounds that (F7)."""
WEIGHTS: tuple[tuple[Mapping[str, object], int], ...] = (
    *((FAULTS, 5), (TROUBLES, 2), (DEATHS, 2), (LIES, 4), (ALARMS, 2), (WARD, 1), (PEOPLE, 3)),
)
STRIKES: dict[str, Strike] = {**FAULTS, **TROUBLES, **DEATHS, **LIES, **ALARMS, **WARD}
KINDS = (*sorted(STRIKES), *sorted(PEOPLE))
UNCOUNTED = {
    *("lying_counter", "occlusion", "cleared", "power", "counter_reset", "restarts_itself"),
    *("ignores_rate", "ignores_start", "swapped", "pump_fault"),
}
"""With these the daemon cannot know when drug flowed."""
HANDS = {
    "hand_start",
    "hand_rate",
    "hand_bolus",
    "ignores_rate",
    "rounds_up",
    "restarts_itself",
    "pump_fault",
}
IN_SIGHT = {"blind", "old_values", "sensor_off", "repeats", "monitor_fault", "monitor_power"}
"""These hide the patient."""
FAMILIES: tuple[tuple[tuple[str, ...], int], ...] = (
    (tuple(sorted(IN_SIGHT)), 4),
    *((tuple(sorted(set(kinds) - IN_SIGHT)), often) for kinds, often in WEIGHTS),
)
"""Kinds of a kind, and how often one of them is drawn."""
OUT_OF_WAY = {*IN_SIGHT, *WARD, "mains_off", "clock_step"}
"""With these a STOP is still carried out."""
LASTING = {
    *IN_SIGHT,
    *WARD,
    *("noise", "keys", "mains_off", "occlusion", "away", "unsaid_reaction", "late_reaction"),
    *("pump_fault", "ignores_rate", "ignores_limit", "ignores_start", "ignores_stop", "rounds_up"),
}
"""These go on while others strike; the rest comes one after the other."""
STRIKES_MAX = 5
NTH_FROM_S = 112
"""From here on it is counted: a renewal and a step's end lie ahead."""
WITH_WARD = 0.2
MEMORY = Path("/dev/shm")  # noqa: S108 - a folder of our own is made in it
"""Where a journal costs no disk."""
GO_ON = 0.7
"""How often somebody goes on after a fault."""


def of_faults(seed: int, names: tuple[str, ...]) -> Story:
    """These faults at drawn times; several fall close together half of the time."""
    chance = random.Random(f"{seed}/{'+'.join(names)}")
    first = chance.uniform(*chance.choice(RUNS_S))
    near = [first + chance.uniform(0, 15) for _ in names[1:]]
    far = [chance.uniform(*chance.choice(RUNS_S)) for _ in names[1:]]
    times = sorted([first, *(near if chance.random() < 0.5 else far)])
    events = (Event(*each) for each in zip(range(len(names)), names, times, strict=True))
    return Story(str(seed), tuple(events))


def of_nth(name: str) -> Story:
    """`nth/KIND/N`: the fault that counts strikes at the N-th write, send or await, and somebody goes on."""
    try:
        _, kind, number = name.split("/")
        nth = int(number)
    except ValueError:
        nth, kind = -1, ""
    if kind not in NTH or nth < 0:
        raise ValueError(f"{name}: expected nth/KIND/N, KIND one of {', '.join(NTH)}")
    return Story(name, (Event(0, kind, NTH_FROM_S), Event(1, "go_on", NTH_FROM_S)), nth=nth)


def drawn(seed: str, only: tuple[str, ...] = ()) -> Story:
    """Up to five faults of any kind, or `only` of these; somebody often goes on where one ends the order."""
    chance = random.Random(seed)
    names: list[str] = []
    for _ in range(chance.randint(1, STRIKES_MAX)):
        (family,) = chance.choices([one for one, _ in FAMILIES], [often for _, often in FAMILIES])
        names.append(chance.choice(only or family))
        if chance.random() < GO_ON:
            names.append("go_on")
    while any(pair <= set(names) for pair in NO_BOUND):
        names.remove("no_limit")
    if not names:
        names = ["go_on"]
    times = sorted(chance.uniform(*chance.choice(RUNS_S)) for _ in names)
    near = chance.random() < 0.5
    if near:
        times = [times[0] + n * chance.uniform(0, 15) for n in range(len(names))]
    events = (Event(*each) for each in zip(range(len(names)), names, sorted(times), strict=True))
    return Story(seed, tuple(events), drawn_bed(seed))


def play(folder: Path, story: Story) -> Ended:
    """Play a story to its end, or to the first invariant that breaks; never raises for what the run did.

    Nobody looks on once one is broken, so what breaks after it tells nothing.
    """
    ended = Ended(story)
    world = world_of(folder, story.seed, story.bed)
    world.dies, world.nth = Fate(), story.nth
    world.at_turns = any(event.name == "kill_at_await" for event in story.events)
    judge = Judge(world, checked=ended.checked)

    async def course(_world: World) -> None:
        try:
            await _live(judge, ended)
        finally:
            ended.seconds = asyncio.get_running_loop().time()

    try:
        world.run(course)
    except Exception as error:  # noqa: BLE001 - whatever ends a run is a finding
        raised = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
        cause = judge.broken or raised
        ended.broken = cause.invariant if isinstance(cause, Broken) else "run"
        ended.text = str(cause) if isinstance(cause, Broken) else f"{type(cause).__name__}: {cause}"
    return ended


async def _live(judge: Judge, ended: Ended) -> None:
    async with _beside(judge.world, ended.story), nursed(judge.world) as judge.nurse:
        watching = asyncio.create_task(judge.watch())
        try:
            await _suffer(judge, ended)
        finally:
            watching.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await watching
    if judge.broken is not None:
        raise judge.broken
    judge.books()


@contextlib.asynccontextmanager
async def _beside(world: World, told: Story) -> AsyncIterator[None]:
    """The ward, where something befalls it; and beside every fourth other bed."""
    if not told.names & set(WARD) and random.Random(f"{told.seed}/ward").random() > WITH_WARD:
        yield
        return
    world.ward = ward = WardSide(world)
    ward.start("feed")
    ward.start("station")
    try:
        yield
    finally:
        await ward.close()


async def _suffer(judge: Judge, ended: Ended) -> None:
    loop = asyncio.get_running_loop()
    begun = loop.time()
    async with asyncio.TaskGroup() as lasting:
        for event in ended.story.events:
            await asyncio.sleep(max(begun + event.at_s - loop.time(), 0))
            striking = _strike(judge, event, ended.story.seed)
            ended.struck[event.name] += 1
            if event.name in LASTING:
                lasting.create_task(striking)
            else:
                await striking
            if judge.broken is not None:
                break
    if judge.broken is not None:
        raise judge.broken
    await asyncio.sleep(WATCH_S)
    judge.look_ahead()
    await _heal(judge.world)
    await asyncio.sleep(HEALED_S)
    judge.look()
    await judge.picture()


async def _strike(judge: Judge, event: Event, seed: str) -> None:
    """Let one event happen; what it may cost counts from its beginning."""
    chance = random.Random(f"{seed}/{event.number}/{event.name}")
    judge.lies |= event.name in UNCOUNTED
    judge.by_hand |= event.name in HANDS
    before, resumes = judge.dose(), judge.resumes
    if event.name in PEOPLE:
        with contextlib.suppress(Dead):
            judge.struck(await PEOPLE[event.name](judge.world, judge, chance), before)
        return
    pending = Cost(stops=False, over_ml=Decimal(1000))
    judge.costs.append(pending)
    way = {"in_sight": event.name in IN_SIGHT, "in_way": event.name not in OUT_OF_WAY}
    judge.begins(**way)
    try:
        cost = await STRIKES[event.name](judge.world, chance)
    finally:
        judge.ends(**way)
    judge.costs = [cost for cost in judge.costs if cost is not pending]
    judge.struck(cost, before, resumes)


async def _heal(world: World) -> None:
    """The cable is in, the monitor is there, a daemon runs; nobody resumes anything."""
    for desk in (*world.pumps, "monitor"):
        await world.do(at=desk, do="fault", name="unplug", on=False)
    if not world.alive:
        await world.start_daemon()


def _played(story: Story) -> Ended:
    with tempfile.TemporaryDirectory(dir=str(MEMORY) if MEMORY.is_dir() else None) as folder:
        return play(Path(folder), story)


def _named(name: str) -> Story:
    return of_nth(name) if name.startswith("nth/") else drawn(name)


def _where(bed: str) -> str:
    return "" if bed == "one pump" else f"At the bed, {BEDS[bed].words}."


WIRE = Profile("wire", {**STRIKES, **PEOPLE}, INVARIANTS, _named, _played, _where)
"""Every byte: the shipped daemon and simulated devices over memory links."""


def narrowed(bed: str | None, only: tuple[str, ...]) -> Profile:
    """WIRE with every story at one bed (None: where it was drawn) and nothing but these kinds (none: any)."""

    def here(name: str) -> Story:
        told = _named(name) if name.startswith("nth/") else drawn(name, only)
        return told if bed is None else replace(told, bed=bed)

    return replace(WIRE, drawn=here)
