"""The forty rules in our own words: what could happen, how bad, and what the software does about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """What is credible if nothing answers the hazard."""

    CATASTROPHIC = "catastrophic"
    MAJOR = "major"
    MINOR = "minor"


@dataclass(frozen=True)
class Rule:
    """One rule: its number, the hazard and the answer."""

    number: int
    severity: Severity
    hazard: str
    answer: str

    @property
    def id(self) -> str:
        """As code, tests and pages name it."""
        return f"F{self.number}"


_C, _M, _S = Severity.CATASTROPHIC, Severity.MAJOR, Severity.MINOR

RULES = (
    Rule(
        1,
        _C,
        "a slower flow of a stronger bag is taken for less drug",
        "judges more and less by drug per hour and by volume limit, never by millilitres alone",
    ),
    Rule(
        2,
        _C,
        "half of the last rate, after a change to a stronger bag, is more drug than before",
        "takes a fraction only of the last tolerated drug per hour, rounded down",
    ),
    Rule(
        3,
        _C,
        "a flush in a reaction pushes the drug in the line into the patient",
        "says in every hold: clamp, do not flush, other access; counts a flush as given unless told not",
    ),
    Rule(
        4,
        _C,
        "the weak bag hangs again, but the line still holds the strong one",
        "goes back to a weaker bag only over a line that was replaced, or cleared away from the patient",
    ),
    Rule(
        5,
        _C,
        "the program dies and the pump runs on for hours, unwatched",
        "grants each step in small portions, renewed only while the patient is seen and well",
    ),
    Rule(
        6,
        _C,
        "somebody presses START on a pump that still holds the old order",
        "sets every stopped pump to its lowest rate and limit, and programs it anew before each start",
    ),
    Rule(
        7,
        _C,
        "an empty volume limit means that the pump never stops",
        "never sends a limit of nothing, and stops a running pump that shows none",
    ),
    Rule(
        8,
        _C,
        "program and nurse fight over the pump, or neither stops it",
        "leaves less by hand alone, stops more by hand once, then hands over and only watches",
    ),
    Rule(
        9,
        _C,
        "an alarm is raised and nobody at the bed hears it",
        "needs a sounder at the bed that was heard, and that sounds by itself when the program is silent",
    ),
    Rule(
        10,
        _C,
        "STOP is pressed while the cable to the pump is out",
        "repeats STOP until the pump is seen stopped or a person says so; unconfirmed until then",
    ),
    Rule(
        11,
        _C,
        "starting over gives the whole dose again, or more than the bag holds",
        "never resets the total dose, keeps an account of every bag, and refuses what would exceed either",
    ),
    Rule(
        12,
        _C,
        "the plan or the vital signs belong to another patient",
        "has the patient identified at the bed, and treats vital signs of somebody else as missing",
    ),
    Rule(
        13,
        _C,
        "the wrong bag hangs on the right pump",
        "accepts a bag only by the random code on its label, together with its pump, or with a second person",
    ),
    Rule(
        14,
        _M,
        "a blocked line stores drug that counts as given and comes later at once",
        "counts the stored volume as uncertain and its release as possibly given",
    ),
    Rule(
        15,
        _M,
        "between two settings the pump holds a pair nobody ordered",
        "raises the limit before the rate and lowers the rate before the limit, each read back",
    ),
    Rule(
        16,
        _M,
        "a step is full while the next may not begin",
        "stops, or goes on at the same rate for a bounded time, as the prescriber ordered",
    ),
    Rule(
        17,
        _M,
        "the pump gives up on a slow connection, or nobody knows what it did meanwhile",
        "speaks to it several times within its patience; after a long silence only watches, never assumes",
    ),
    Rule(
        18,
        _M,
        "STOP waits behind another message, or a slow answer raises a false alarm",
        "sends STOP again at once and alarms after two seconds; gives an increase its time, then stops",
    ),
    Rule(
        19,
        _M,
        "pauses without drug are counted too short, and tolerance is lost",
        "counts a pause from proven delivery to proven delivery, adds pauses up, also at the patient's end",
    ),
    Rule(
        20,
        _M,
        "a wrong clock makes a long pause look short",
        "trusts no clock that jumped or lost power: the pause is unknown and judged strictest",
    ),
    Rule(
        21,
        _M,
        "to repeat a step and to finish it are confused",
        "offers rest, whole step and earlier steps as different choices; the strictest rule holds",
    ),
    Rule(
        22,
        _M,
        "a reaction after the end, or one tapped as mild, is not taken seriously",
        "takes a reaction at any time, counts epinephrine as severe, and never resumes after severe",
    ),
    Rule(
        23,
        _M,
        "two pumps deliver at once when one takes over from the other",
        "starts the next pump only after the other is seen stopped and disarmed",
    ),
    Rule(
        24,
        _M,
        "a pump that reached its limit keeps a slow flow going",
        "controls only pumps known to stop at their limit, and counts any slow flow as drug",
    ),
    Rule(
        25,
        _M,
        "a coarse counter hides a wrong dose or raises false alarms",
        "compares volume and time within what the counter can show, with two witnesses",
    ),
    Rule(
        26,
        _M,
        "the counter is cleared, a bolus is given, or the pump is exchanged",
        "holds, bounds what may have been given, and has a person say what it was",
    ),
    Rule(
        27,
        _M,
        "the program can only tell, not stop, and its hold stops nothing",
        "tells every setting and reads it back; a hold says STOP THE PUMP BY HAND until it is seen stopped",
    ),
    Rule(
        28,
        _M,
        "an old START left in a cable or box arrives after the STOP",
        "throws away what was not sent, begins anew after a break, accepts only links where that is certain",
    ),
    Rule(
        29,
        _M,
        "a shutdown or an upgrade in the middle of a run",
        "makes it a hold: stops the pumps, records, alarms; the plan in use cannot be changed",
    ),
    Rule(
        30,
        _M,
        "the bag holds less or more than its label, and drug stays in the line",
        "ends such a step by volume or by a seen empty bag, and reports what was not given",
    ),
    Rule(
        31,
        _M,
        "a blood pressure cuff or a slow monitor stops the infusion again and again",
        "bounds the age of each sign by order, tells a cuff from a fault, and raises one alarm for one cause",
    ),
    Rule(
        32,
        _M,
        "something breaks for good and the run can go neither on nor back",
        "keeps a way out of every state that needs no working device",
    ),
    Rule(
        33,
        _M,
        "one person is two names, or a name is asked before STOP",
        "acts on STOP first, asks afterwards; what gives more needs named, sometimes two, persons",
    ),
    Rule(
        34,
        _M,
        "the deciding part of the program is wrong",
        "has a second, separate part that refuses what the plan has not earned",
    ),
    Rule(
        35,
        _M,
        "the program restarts in the middle of a reaction",
        "lets a pump run on only with fresh vital signs and no reason to stop; otherwise stops it",
    ),
    Rule(
        36,
        _M,
        "a sped-up simulation is connected to a patient",
        "changes its speed only with ends proven to be simulators, and says SIMULATED everywhere",
    ),
    Rule(
        37,
        _M,
        "a tablet or an injection is given twice at a change of shift",
        "asks for each: due, in hand, given or not; an unanswered one counts as given",
    ),
    Rule(
        38,
        _M,
        "nobody says how much more a fault may give",
        "states for each fault how much more may reach the patient, and tests at the patient's side",
    ),
    Rule(
        39,
        _M,
        "an unfilled line delays the weak bags, and the strong one comes first at full speed",
        "computes what reaches the patient, and refuses a plan or a bag that breaks its limits that way",
    ),
    Rule(
        40,
        _S,
        "small things: a tap that counts twice, an alarm shown once, an unplanned state",
        "has one table of states, counts an act once, keeps every alarm until it is recorded",
    ),
)
