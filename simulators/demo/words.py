"""What the demo says before the run, and what to type by hand."""

from __future__ import annotations

from rich.text import Text

from simulators.demo.figures import h_min
from simulators.demo.picture import Seen
from simulators.demo.stage import OUR_COMMANDS, Stage

HAND_RATE_S = 60


def opening(speed: int, *, hands: bool) -> list[Text]:
    """What this is, and above all what it is not."""
    who = "every act is yours" if hands else "a nurse who types what a person would type"
    return [
        Text("infusiond demo: SIMULATED. This is not a medical device.", style="bold white on magenta"),
        Text(f"One simulated pump and patient monitor on terminal devices, the daemon, and {who}."),
        Text(f"{speed} seconds of the bed pass in one second."),
    ]


def by_hand(stage: Stage) -> list[Text]:
    """The commands of a second terminal, with the paths of this bed."""
    rows = [
        (f"export PATH={OUR_COMMANDS}:$PATH", ""),
        (f"export INFUSIOND_SOCKET={stage.socket}", ""),
        (f"export PUMP={stage.pump}", ""),
        ("infusiond status --watch", "the bed on one screen"),
        ("infusiond hold", "STOP; anyone may"),
        ("infusiond resume --choice same_step --by ME --reason WHY", "what the rules leave"),
        ("infusiond confirm assessment --by NAME", "patient looked at"),
        ("infusiond abort --by NAME", "STOP; the run is over"),
        ("infusiond-sim do $PUMP press stop", "a hand at the pump"),
        ("infusiond-sim do $PUMP react 2", "the patient reacts"),
    ]
    told = [Text(f"  {command:<57}{what}".rstrip(), style="cyan", no_wrap=True) for command, what in rows]
    return [Text("By hand, from a second terminal:", style="bold"), *told]


def length(stage: Stage) -> Text:
    """How long it takes."""
    plan_s = int(stage.plan["total_minutes"] * 60)
    return Text(f"The plan takes {h_min(plan_s)}, here about {plan_s // stage.order.speed // 60 + 1} min.")


ENDS = {"after_watch": "all steps given, the watch goes on"}
"""How a run is called at the end of the demo, where its phase is not word enough."""


def next_acts(seen: Seen) -> list[str]:
    """What to type now, by what the status says; for the person who plays the nurse."""
    solution = seen["step"]["solution"]
    match seen["phase"]:
        case "planned" | "checking":
            return [
                *_match(solution),
                "infusiond confirm line --by NAME",
                "infusiond confirm vitals --by NAME",
                "infusiond confirm sound --by NAME",
                "infusiond start --by NAME --witness ANOTHER",
            ]
        case "awaiting_solution":
            return [
                f"infusiond-sim do $PUMP hang {solution}",
                "infusiond confirm line --by NAME",
                *_match(solution),
            ]
        case "held":
            return _held(seen)
        case "observing":
            return ["infusiond confirm running --by NAME"]
        case "manual":
            return ["infusiond automatic --by NAME --witness ANOTHER"]
        case "infusing" | "waiting_gate" if "assessment" in f"{seen['todo']} {seen['gate']}":
            return ["infusiond confirm assessment --by NAME"]
        case _:
            return []


def _match(solution: str) -> list[str]:
    """Wristband and bag: the codes stand on the labels only."""
    return [
        "infusiond confirm patient --patient $PATIENT --by NAME",
        f"cat $LABELS    # the label of {solution}",
        "infusiond confirm solution --pump pump-1 --by NAME --witness ANOTHER",
    ]


def _held(seen: Seen) -> list[str]:
    hold = seen["hold"] or {"causes": [], "allowed": []}
    acts = []
    if "empty" in seen["pump"]["alarms"]:
        acts.append("infusiond confirm empty --by NAME")
    if "reaction" in hold["causes"]:
        acts.append("infusiond-sim do $PUMP treat")
    acts.append("infusiond confirm assessment --by NAME")
    if "patient:unconfirmed" in seen["gate"]:
        acts.append("infusiond confirm patient --patient $PATIENT --by NAME")
    acts += [f"infusiond resume --choice {one['choice']} --by NAME --reason WHY" for one in hold["allowed"]]
    return [*acts, "infusiond abort --by NAME"]
