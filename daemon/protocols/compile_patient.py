"""The rules about the patient, exactly as ordered."""

from __future__ import annotations

from daemon.protocols.patient_rules import ByHandRule, CuffRule, PatientRules, ReactionRule
from daemon.protocols.schema import ProtocolIn


def patient_rules_of(protocol: ProtocolIn) -> PatientRules:
    """As the file has them."""
    return PatientRules(
        reaction=ReactionRule(protocol.reaction.late_h, protocol.resume_after_severe or ""),
        cuff=CuffRule(protocol.cuff.blank_max_s, tuple(protocol.cuff.other_pulse)),
        by_hand=tuple(ByHandRule(rule.signal, rule.max_age_min) for rule in protocol.manual_vitals),
        advice_per_hour=protocol.holds.advice_per_hour,
        exclude_max_min=protocol.sources.exclude_max_min,
    )
