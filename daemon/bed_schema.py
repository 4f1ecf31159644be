"""What a bed file may say. Field descriptions are the remedies shown when a key is missing."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from daemon.bed_broker import LinksIn
from daemon.bed_metrics import MetricsIn
from daemon.bed_schema_alarms import AlarmsIn
from daemon.bed_schema_feeds import FeedsIn
from daemon.bed_shared import DisagreementIn
from daemon.bed_topics import TopicIn
from daemon.protocols.numbers import NotNegative, Positive, refusal
from daemon.protocols.schema import DoseUnit
from daemon.protocols.schema_bags import SolutionId
from daemon.protocols.section import Section, Text
from daemon.protocols.words_in import EndWord, SignalWord
from drivers.links.text import read_link

LOST_MAX_S = 5
"""The annunciator sounds by itself at the latest this long after the last heartbeat (F9)."""
Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,31}$")]


def _link(value: str) -> str:
    """A link text that names something; whether its device is reached like that is asked elsewhere."""
    try:
        read_link(value)
    except ValueError as error:
        raise refusal("link", str(error).partition(": ")[2], 'write such as "serial:/dev/ttyUSB0"') from None
    return value


LinkText = Annotated[Text, AfterValidator(_link)]


class PumpIn(Section):
    """One pump; without `authority` it is only watched."""

    name: Name = Field(description='letters, digits, "-" and "_", as on the label of the pump')
    model: Text = Field(description='the model name, such as model = "dianet-star"')
    link: LinkText = Field(
        description='such as link = "serial:/dev/ttyUSB0" or link = "tcp:192.168.7.20:4001"'
    )
    authority: Literal["control", "monitor"] = "monitor"
    solutions: list[SolutionId] = Field(
        min_length=1,
        description='the ids of the solutions it carries, such as solutions = ["bag-1", "bag-2"]',
    )
    end_action: EndWord | None = Field(
        default=None,
        description='what the pump was seen to do at its volume limit; control needs "stop" (F24)',
    )
    watchdog_action: EndWord | None = Field(
        default=None,
        description='what it was seen to do when the link fails: "stop", "kvo", "continue" or "unknown"',
    )
    occlusion_ml: Positive | None = Field(
        default=None,
        description="mL pump and set store before the occlusion alarm, such as occlusion_ml = 1.25 (F14)",
    )
    occlusion_record: Text | None = Field(
        default=None, description="the commissioning record that measured less than 1.25 mL"
    )
    release_bolus_ml: NotNegative | None = Field(
        default=None,
        description="mL that reach the patient when an occlusion is released, such as 0.5 (F14)",
    )
    bolus_allowance_ml: NotNegative | None = Field(
        default=None,
        description="mL that a hand at the bolus key may give between two readings, such as 2 (F26)",
    )
    remote_mode: Literal["fernsteuer", "fernregel"] = "fernsteuer"
    serial: Text | None = None


class MonitorIn(Section):
    """One patient monitor and the signals taken from it."""

    name: Name = Field(description='letters, digits, "-" and "_"')
    model: Text = Field(description='the model name, such as model = "s5-dri"')
    link: LinkText = Field(description='such as link = "serial:/dev/ttyUSB1"')
    signals: list[SignalWord] = Field(
        min_length=1, description='such as signals = ["hr", "spo2", "nibp_sys"]'
    )
    leads: list[SignalWord] = Field(default_factory=list)
    topics: dict[SignalWord, TopicIn] | None = None


class JournalIn(Section):
    """Where the record is kept."""

    path: Text = Field(description="the file of the journal, from the folder of this bed file")
    file_mb: Annotated[int, Field(ge=1, le=64)] = Field(
        default=4, description="MiB from which on no further run begins in a file, 1 to 64"
    )
    keep_days: Annotated[int, Field(ge=30, le=36_500)] = Field(
        default=365, description="days for which a file is kept, at least 30 (P3)"
    )


class ControlIn(Section):
    """Where people and pages speak to the daemon."""

    socket: Text = Field(description="the control socket, from the folder of this bed file")


class SoundIn(Section):
    """How the annunciator at the bed is watched (F9)."""

    heartbeat_s: Positive = Field(
        description="seconds between two signs of life of the annunciator, such as 2"
    )
    lost_s: Positive = Field(
        description="seconds without one after which it is lost and sounds by itself, at most 5"
    )

    @model_validator(mode="after")
    def _in_time(self) -> Self:
        if self.lost_s > LOST_MAX_S:
            raise refusal(
                "sound_late", "nobody would hear of it within 5 s (F9)", "give at most 5", key="lost_s"
            )
        if self.lost_s < 2 * self.heartbeat_s:
            remedy = "give at most half of lost_s"
            raise refusal("heartbeat_slow", "one lost beat would be an alarm", remedy, key="heartbeat_s")
        return self


class SigningIn(Section):
    """Whose signatures the protocol needs before it is run."""

    signers: Text = Field(description="the list of signers, from the folder of this bed file")
    required: Annotated[int, Field(ge=1, le=9)] = Field(
        description="how many different persons of that list must have signed, such as required = 2"
    )
    roles: list[Literal["prescriber", "pharmacist", "nurse"]] = Field(default_factory=list)


class BedIn(Section):
    """A whole bed file."""

    site: Name = Field(description='letters, digits, "-" and "_", such as site = "general"')
    unit: Name = Field(description='letters, digits, "-" and "_", such as unit = "allergy"')
    bed: Name = Field(description='letters, digits, "-" and "_", such as bed = "bed-4"')
    use: Literal["patient", "bench"] = "patient"
    protocol: Text = Field(description="the protocol file, from the folder of this bed file")
    target_dose: Positive | None = None
    dose_unit: DoseUnit | None = None
    weight_kg: Positive | None = None
    surface_m2: Positive | None = None
    patient: Text = Field(description='the identifier on the wristband, such as patient = "4711-0815" (F12)')
    bag_codes: Text | None = None
    pumps: list[PumpIn] = Field(min_length=1, description="at least one [[pumps]] block")
    monitors: list[MonitorIn] = Field(min_length=1, description="at least one [[monitors]] block")
    journal: JournalIn = Field(description="a [journal] table with path")
    sound: SoundIn = Field(description="a [sound] table with heartbeat_s and lost_s (F9)")
    control: ControlIn = Field(description="a [control] table with socket")
    disagreement: dict[SignalWord, DisagreementIn] = Field(default_factory=dict)
    signing: SigningIn | None = None
    links: LinksIn | None = None
    feeds: FeedsIn | None = None
    metrics: MetricsIn | None = None
    alarms: AlarmsIn | None = None

    @model_validator(mode="after")
    def _dose_is_signed(self) -> Self:
        if self.signing is not None and self.target_dose is not None:
            raise refusal(
                "dose_not_signed",
                "this dose would replace the one that was signed",
                "write it into the protocol file, have that signed, and leave target_dose out",
                key="target_dose",
            )
        return self
