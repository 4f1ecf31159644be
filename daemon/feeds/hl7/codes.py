"""Nomenclature: ISO/IEEE 11073-10101 codes, context-free (partition x 65536 + code); units also in UCUM."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from daemon.feeds.hl7.text import components

LOCAL = "99INFUSIOND"
"""Coding system of our own words, where the nomenclature has none that is known."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code with its reference id."""

    number: int
    name: str

    @property
    def field(self) -> str:
        """As CWE, coding system MDC."""
        return components(str(self.number), self.name, "MDC")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit by its MDC code and by UCUM."""

    number: int
    name: str
    ucum: str

    @property
    def field(self) -> str:
        """OBX-6: MDC first, UCUM as the alternate."""
        return components(str(self.number), self.name, "MDC", self.ucum, self.ucum, "UCUM")


PUMP_MDS = Code(69985, "MDC_DEV_PUMP_INFUS_MDS")
PUMP_VMD = Code(69986, "MDC_DEV_PUMP_INFUS_VMD")
DELIVERY = Code(126978, "MDC_DEV_PUMP_INFUS_CHAN_DELIVERY")
SOURCE = Code(126977, "MDC_DEV_PUMP_INFUS_CHAN_SOURCE")
STATUS = Code(184508, "MDC_PUMP_STAT")
MODE = Code(184504, "MDC_PUMP_MODE")
RATE = Code(157784, "MDC_FLOW_FLUID_PUMP")
DRUG = Code(184514, "MDC_DRUG_NAME_LABEL")
CONCENTRATION = Code(157760, "MDC_CONC_DRUG")
VTBI = Code(157884, "MDC_VOL_FLUID_TBI")
VTBI_LEFT = Code(157872, "MDC_VOL_FLUID_TBI_REMAIN")
TOTAL = Code(157993, "MDC_VOL_FLUID_DELIV_TOTAL")
SEGMENT = Code(157992, "MDC_VOL_FLUID_DELIV_SEGMENT")
MONITOR_MDS = Code(69965, "MDC_DEV_MON_PHYSIO_MULTI_PARAM_MDS")
EVENT = Code(68487, "MDC_ATTR_EVT_COND")
DELIV_START = Code(197288, "MDC_EVT_PUMP_DELIV_START")
DELIV_STOP = Code(197290, "MDC_EVT_PUMP_DELIV_STOP")
DELIV_COMP = Code(197292, "MDC_EVT_PUMP_DELIV_COMP")
ALARM = Code(196616, "MDC_EVT_ALARM")
ALARM_HIGH = Code(196648, "MDC_EVT_HI")
ALARM_LOW = Code(196670, "MDC_EVT_LO")
OCCLUSION = Code(196940, "MDC_EVT_FLUID_LINE_OCCL")
ALERT_SOURCE = Code(68480, "MDC_ATTR_ALERT_SOURCE")
PHASE = Code(68481, "MDC_ATTR_EVENT_PHASE")
ALARM_STATE = Code(68482, "MDC_ATTR_ALARM_STATE")
INACTIVATION = Code(68483, "MDC_ATTR_ALARM_INACTIVATION_STATE")
ALARM_PRIORITY = Code(68484, "MDC_ATTR_ALARM_PRIORITY")
ALERT_TYPE = Code(68485, "MDC_ATTR_ALERT_TYPE")
ALERT_TEXT = Code(68546, "MDC_ATTR_ALERT_TEXT")

ML_H = Unit(265266, "MDC_DIM_MILLI_L_PER_HR", "mL/h")
ML = Unit(263762, "MDC_DIM_MILLI_L", "mL")
MG_ML = Unit(264306, "MDC_DIM_MILLI_G_PER_ML", "mg/mL")

SIGNALS: Mapping[str, tuple[Code, Unit]] = {
    "hr": (Code(147842, "MDC_ECG_HEART_RATE"), Unit(264864, "MDC_DIM_BEAT_PER_MIN", "{beats}/min")),
    "pulse": (Code(149530, "MDC_PULS_OXIM_PULS_RATE"), Unit(264864, "MDC_DIM_BEAT_PER_MIN", "{beats}/min")),
    "spo2": (Code(150456, "MDC_PULS_OXIM_SAT_O2"), Unit(262688, "MDC_DIM_PERCENT", "%")),
    "nibp_sys": (Code(150021, "MDC_PRESS_BLD_NONINV_SYS"), Unit(266016, "MDC_DIM_MMHG", "mm[Hg]")),
    "nibp_dia": (Code(150022, "MDC_PRESS_BLD_NONINV_DIA"), Unit(266016, "MDC_DIM_MMHG", "mm[Hg]")),
    "nibp_mean": (Code(150023, "MDC_PRESS_BLD_NONINV_MEAN"), Unit(266016, "MDC_DIM_MMHG", "mm[Hg]")),
    "rr": (Code(151562, "MDC_RESP_RATE"), Unit(264928, "MDC_DIM_RESP_PER_MIN", "{breaths}/min")),
    "temp": (Code(150344, "MDC_TEMP"), Unit(268192, "MDC_DIM_DEGC", "Cel")),
    "etco2": (Code(151728, "MDC_AWAY_CO2_ET"), Unit(266016, "MDC_DIM_MMHG", "mm[Hg]")),
    "pef": (Code(152584, "MDC_FLOW_AWAY_EXP_FORCED_PEAK"), Unit(265216, "MDC_DIM_L_PER_MIN", "L/min")),
}
"""Vital signs as this program names them."""
