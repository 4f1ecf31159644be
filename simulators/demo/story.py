"""The story: twelve steps, three bags, one reaction, told through what the daemon says."""

from __future__ import annotations

from decimal import Decimal

from simulators.demo.figures import h_min, minutes, plain
from simulators.demo.nurse import ANN, BEN, Nurse
from simulators.demo.picture import Seen
from simulators.demo.scene import Scene, StoryFailed
from simulators.demo.screen import Who
from simulators.demo.stage import PATIENT

NEAR = Decimal("0.1")
"""A vital sign is back when it is within this share of its baseline."""
TRIES = 3
"""What is confirmed expires, and time is fast here: on a slow computer she may have to do it again."""
ENDED = ("after_watch", "completed")
GOING_ON = ("infusing", "waiting_gate", "awaiting_solution")


async def tell(scene: Scene) -> None:
    """From the check to the end of the after-watch; StoryFailed when it does not happen."""
    nurse = Nurse(scene, scene.stage.order.protocol)
    await _plan(scene)
    await _start(scene, nurse)
    await _until_the_reaction(scene, nurse)
    await _reaction(scene)
    await _resume(scene, nurse)
    await _to_the_end(scene, nurse)


def reaction_step(steps: list[Seen]) -> int:
    """The last step but two: high enough to be believed, with the step before it on the same bag."""
    return max(len(steps) - 2, 2)


async def _plan(scene: Scene) -> None:
    plan, stage = scene.stage.plan, scene.stage
    say = scene.screen.say
    say(Who.STORY, "The bed is there. First the plan is checked against this pump and this monitor.")
    say(Who.NURSE, "$ infusiond check bed.toml")
    say(
        Who.DAEMON,
        (await stage.ask("infusiond", "check", str(stage.folder / "bed.toml"))).splitlines()[0],
        "dim",
    )
    for one in plan["solutions"]:
        steps = [step for step in plan["steps"] if step["solution"] == one["id"]]
        rates = ", ".join(plain(step["rate_ml_h"]) for step in steps)
        strength = f"{plain(one['concentration'])} {plan['dose_unit']}/mL"
        say(
            Who.DAEMON, f"{one['id']}: {strength}, steps {steps[0]['step']}-{steps[-1]['step']}: {rates} mL/h"
        )
    total = f"{plain(plan['total_dose'])} {plan['dose_unit']} in {h_min(int(plan['total_minutes'] * 60))}"
    say(Who.DAEMON, f"{plan['title']}: {len(plan['steps'])} steps, {total}")


async def _start(scene: Scene, nurse: Nurse) -> None:
    first = scene.stage.plan["steps"][0]["solution"]
    await scene.until(
        lambda s: s["pump"]["linked"] and s["pump"]["motion"] is not None and not s["gate"],
        15,
        "the pump answers, and all vital signs are there before the start",
    )
    scene.screen.say(Who.STORY, "The nurse reads the wristband, and with Ben the labels of pump and bag.")
    for _ in range(TRIES):
        await nurse.hang(first)
        for check in ("line", "vitals", "sound"):
            await scene.must("confirm", check, "--by", ANN)
        if "Before the start" not in (await scene.look())["todo"]:
            break
    scene.screen.say(Who.STORY, "A start needs two persons. The same one twice is refused:")
    await scene.must_be_refused("start", "--by", ANN, "--witness", ANN)
    await scene.must("start", "--by", ANN, "--witness", BEN)
    await scene.until(
        lambda s: s["phase"] == "infusing" and s["pump"]["motion"] == "infusing",
        5,
        "the drug flows in step 1",
    )


async def _until_the_reaction(scene: Scene, nurse: Nurse) -> None:
    plan = scene.stage.plan
    number = reaction_step(plan["steps"])
    half_s = int(plan["steps"][number - 1]["minutes"] * 30)
    before_min = float(sum(step["minutes"] for step in plan["steps"][:number]))
    await scene.until(
        lambda s: (
            s["step"]["number"] == number and s["phase"] == "infusing" and s["step"]["left_s"] <= half_s
        ),
        before_min * 1.5 + 60,
        f"step {number} is half given",
        nurse.duty,
    )


async def _reaction(scene: Scene) -> None:
    say = scene.screen.say
    say(Who.STORY, "Now the simulated patient begins to react. Nobody tells the daemon: it has to see it.")
    await scene.hand("react", "2")
    seen = await scene.until(
        lambda s: s["phase"] == "held" and s["pump"]["stop_confirmed"], 20, "the daemon holds by itself"
    )
    causes = set(seen["hold"]["causes"])
    if not causes <= {"reaction", "vitals"}:
        raise StoryFailed(f"held for {', '.join(sorted(causes))}, not for the reaction")
    say(Who.STORY, "The daemon stopped the pump and saw it stopped. What it tells the nurse to do first:")
    for sentence in seen["todo"].split(". ")[:3]:
        say(Who.DAEMON, sentence.strip(". "), "bold white on red")
    for reason in seen["hold"]["reasons"]:
        say(Who.DAEMON, f"because: {reason}")
    await scene.hand("treat")
    told = "flushing, itching; antihistamine given"
    await scene.must("reaction", "--grade", "moderate", "--by", ANN, "--text", told)
    say(Who.STORY, "The nurse stays with the patient until the vital signs are back.")
    await scene.until(lambda s: _near(s, "hr", "spo2"), 40, "heart rate and SpO2 are back")
    await scene.hand("nibp")
    await scene.until(_recovered, 20, "blood pressure is measured again and is back")


def _near(seen: Seen, *signals: str) -> bool:
    found = [seen["vitals"][signal] for signal in signals if signal in seen["vitals"]]
    return all(
        one["value"] is not None and abs(one["value"] - one["baseline"]) <= NEAR * one["baseline"]
        for one in found
    )


def _recovered(seen: Seen) -> bool:
    pressure = seen["vitals"].get("nibp_sys")
    fresh = pressure is None or (pressure["age_s"] or 0) < seen["hold"]["since_s"]
    shut = [code for code in seen["gate"] if not code.startswith("assessment")]
    return fresh and _near(seen, *seen["vitals"]) and not shut


async def _resume(scene: Scene, nurse: Nurse) -> None:
    say = scene.screen.say
    await nurse.assess()
    say(Who.STORY, "The line was clamped and not flushed; said so, what it holds does not count as given.")
    await scene.must("flush", "--to", "nobody", "--by", ANN)
    await scene.must("confirm", "patient", "--patient", PATIENT, "--by", ANN)
    say(
        Who.STORY,
        "A stop is for anyone, going on is not. The rest of the step is not what the protocol allows:",
    )
    reason = ("--reason", "vital signs back, skin clear")
    await scene.must_be_refused("resume", "--choice", "rest_of_step", "--by", ANN, *reason)
    seen = await scene.until(lambda s: bool(s["pump"]["disarmed"]), 5, "the pump is set to its lowest rate")
    gap = seen["gap"]
    judged = "unknown" if gap["judged_s"] is None else minutes(gap["judged_s"])
    say(
        Who.DAEMON,
        f"drug-free for {minutes(gap['current_s'])}, {judged} in all; the gap rule says: {gap['action']}",
    )
    allowed = [one["choice"] for one in seen["hold"]["allowed"]]
    say(Who.DAEMON, f"resume rule and gap rule together leave: {', '.join(allowed) or 'nothing'}")
    await scene.must("resume", "--choice", "back=1", "--by", ANN, *reason)
    await scene.until(
        lambda s: s["phase"] == "infusing" and s["pump"]["motion"] == "infusing", 5, "the drug flows again"
    )


async def _to_the_end(scene: Scene, nurse: Nurse) -> None:
    plan = scene.stage.plan
    steps = plan["steps"][reaction_step(plan["steps"]) - 2 :]
    rest_min = float(sum(step["minutes"] for step in steps))
    seen = await scene.until(
        lambda s: s["phase"] not in GOING_ON and (s["phase"] != "held" or _bag_ran_out(s)),
        rest_min * 1.3 + 30,
        "the last bag runs out",
        nurse.duty,
    )
    if seen["phase"] == "held":
        scene.screen.say(
            Who.STORY, "The pump says that the bag is empty. Only a person can say that it really is."
        )
        await scene.must("confirm", "empty", "--by", ANN)
    seen = await scene.until(
        lambda s: s["phase"] in ENDED and s["pump"]["stop_confirmed"],
        10,
        "the plan is given and the pump stands",
    )
    if seen["watch_left_s"]:
        scene.screen.say(
            Who.STORY,
            "After a reaction the patient is watched until hours after the last drug: here "
            f"{minutes(seen['watch_left_s'])} more. The story ends, the watch would go on.",
        )


def _bag_ran_out(seen: Seen) -> bool:
    causes = seen["hold"]["causes"] if seen["hold"] else []
    return seen["next"] is None and causes == ["pump_alarm"] and "empty" in seen["pump"]["alarms"]
