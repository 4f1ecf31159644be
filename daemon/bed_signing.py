"""The protocol of a bed: its bytes are read once, and what was verified is what is compiled."""

from __future__ import annotations

import hashlib
from pathlib import Path

from daemon.bed import Bed
from daemon.protocols.faults import Fault
from daemon.protocols.load import draft_protocol, plan_of
from daemon.protocols.plan import Plan
from daemon.protocols.signed import SignedFile
from daemon.protocols.toml_text import TomlFile, read_toml
from daemon.signing.rule import SigningRule, missing, signed_by
from daemon.signing.sidecar import read_signatures
from daemon.signing.signers import read_signers
from daemon.signing.values import Verdict


def load_signed_plan(bed: Bed) -> tuple[Plan, SignedFile] | list[Fault]:
    """The bed's protocol, checked against its devices and signed as the bed asks, or all that is wrong."""
    toml, signed = read_signed(bed, bed.protocol)
    file = str(bed.protocol)
    plan = plan_of(draft_protocol(toml, file, bed.equipment, bed.asked), file)
    if isinstance(plan, list) or isinstance(signed, list):
        return [fault for found in (plan, signed) if isinstance(found, list) for fault in found]
    return plan, signed


def read_signed(bed: Bed, protocol: Path) -> tuple[TomlFile, SignedFile | list[Fault]]:
    """The content of a protocol file and who signed these very bytes, or what of it is missing."""
    toml = read_toml(protocol)
    if not toml.raw:
        return toml, []
    sha256 = hashlib.sha256(toml.raw).hexdigest()
    signed = SignedFile(sha256) if bed.signing is None else _signed(bed.signing, protocol, toml.raw)
    return toml, signed


def _signed(rule: SigningRule, protocol: Path, raw: bytes) -> SignedFile | list[Fault]:
    from daemon.signing.verify import verify  # noqa: PLC0415 - 6 MB that only a bed with [signing] needs

    signers, signatures = read_signers(rule.signers), read_signatures(protocol)
    if isinstance(signers, list) or isinstance(signatures, list):
        return [fault for found in (signers, signatures) if isinstance(found, list) for fault in found]
    verdicts = verify(raw, signatures, signers)
    lacking = missing(rule, verdicts)
    if not lacking:
        return SignedFile(hashlib.sha256(raw).hexdigest(), signed_by(verdicts))
    remedy = f"each of them reads it, then: infusiond sign {protocol.name} --key FILE"
    return [Fault(str(protocol), "", "", "; ".join([*lacking, *_useless(verdicts)]), remedy, "not_signed")]


def _useless(verdicts: tuple[Verdict, ...]) -> list[str]:
    """Signatures that do not count, with the reason."""
    return [f"the signature of {one.signer} does not count: {one.why}" for one in verdicts if one.why]
