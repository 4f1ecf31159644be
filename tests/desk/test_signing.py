"""Who stands for a protocol file: keys, signatures over every byte, and the bed that asks for them."""

from __future__ import annotations

import hashlib
import json
import re
import stat
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daemon.bed import Bed, load_bed
from daemon.bed_signing import load_signed_plan
from daemon.cli import serve
from daemon.control.report import report
from daemon.control.view import view
from daemon.engine.account import NO_VOLUME
from daemon.journal.records import GENESIS, make
from daemon.protocols.faults import Fault
from daemon.runtime.opening import Setting, opened, read_journal
from daemon.runtime.replay import replays
from daemon.signing.key_file import SigningKey, new_key, read_key, write_key
from daemon.signing.names import key_bytes, key_text, signer_name
from daemon.signing.rule import SigningRule, missing, signed_by
from daemon.signing.sidecar import read_signatures, sidecar_of
from daemon.signing.sign import signature_of
from daemon.signing.signers import read_signers
from daemon.signing.values import Signature, Signer, Verdict
from daemon.signing.verify import holds, signed_bytes, verify
from daemon.terminal.report import report_text
from simulators.campaign.engine.fitted import one_for_all
from simulators.campaign.engine.labels import codes_of
from tests.protocols.files import CASTELLS, CONFIG
from tests.protocols.test_verbs import run

RAW = b'id = "p"\nrate_ml_h = 2\n'
AT = "2026-11-22T21:00:00+00:00"
VECTOR = (  # RFC 8032, 7.1, TEST 3
    "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
    (
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    ),
    "af82",
)


def listed(key: SigningKey, role: str = "prescriber") -> Signer:
    return Signer(key.name, role, key.public_key)


def test_a_vector_of_rfc_8032_verifies_and_no_changed_bit_of_it_does() -> None:
    key, signature, message = (bytes.fromhex(one) for one in VECTOR)
    assert holds(key, signature, message)
    for place in range(64 * 8):
        changed = bytearray(signature)
        changed[place // 8] ^= 1 << place % 8
        assert not holds(key, bytes(changed), message)
    assert not holds(key, signature, b"\xaf\x83")
    assert not holds(key[:-1], signature, message)


def test_every_single_changed_missing_or_added_byte_of_the_file_is_refused() -> None:
    """(A) P7."""
    ann = new_key("Ann Lee")
    made = signature_of(RAW, ann, AT)
    assert [one.valid and one.known for one in verify(RAW, [made], [listed(ann)])] == [True]
    for place in range(len(RAW)):
        other = RAW[:place] + bytes([RAW[place] ^ 1]) + RAW[place + 1 :]
        without, more = RAW[:place] + RAW[place + 1 :], RAW[:place] + b" " + RAW[place:]
        for bad in (other, without, more):
            (verdict,) = verify(bad, [made], [listed(ann)])
            assert not verdict.valid
            assert verdict.why == "the file is not the one that was signed: it was changed since"
    assert not verify(RAW + b"\n", [made], [listed(ann)])[0].valid


def test_a_swapped_name_time_or_key_is_refused() -> None:
    ann, bob = new_key("Ann Lee"), new_key("Bob Ray")
    made = signature_of(RAW, ann, AT)
    both = [listed(ann), listed(bob, "pharmacist")]
    for bad in (
        replace(made, signer="Bob Ray"),
        replace(made, signer="Bob Ray", public_key=bob.public_key),
        replace(made, at="2026-11-22T21:00:01+00:00"),
        replace(made, public_key=bob.public_key),
    ):
        (verdict,) = verify(RAW, [bad], both)
        assert not verdict.valid
        assert signed_by([verdict]) == ()
        assert "do not belong together" in verdict.why


def test_name_and_time_cannot_flow_into_the_file() -> None:
    """What is signed reads one way only: no name holds a line feed."""
    assert signed_bytes(b"y\nz", "A", "x") != signed_bytes(b"z", "A", "x\ny") or "\n" not in AT
    for name in ("A\nB", "A\u202eB", " A", "A ", "", "A" * 81, 'A"B', "A\\B", "e\u0301"):
        with pytest.raises(ValueError, match=r"name"):
            signer_name(name)
    assert signer_name("Zoë O'Brien-Łukasz 李") == "Zoë O'Brien-Łukasz 李"


def test_who_is_not_listed_or_has_another_key_does_not_count() -> None:
    ann, other = new_key("Ann Lee"), new_key("Ann Lee")
    made = signature_of(RAW, other, AT)
    (stranger,) = verify(RAW, [made], [])
    (imposter,) = verify(RAW, [made], [listed(ann)])
    assert stranger.valid
    assert imposter.valid
    assert signed_by([stranger, imposter]) == ()
    assert imposter.why == "the list of signers has another key for this name"
    assert imposter.role == ""


def verdict(name: str, role: str, *, good: bool = True) -> Verdict:
    return Verdict(name, AT, b"", good, good, role if good else "", "" if good else "broken")


@pytest.mark.parametrize(
    ("given_verdicts", "lacks"),
    [
        ([], ["signed by nobody who counts: 2 different", "no signature of a prescriber", "a pharmacist"]),
        ([("A", "prescriber")], ["signed by A: 2 different signers are required", "no signature of a pharm"]),
        ([("A", "prescriber"), ("A", "prescriber")], ["signed by A: 2", "no signature of a pharmacist"]),
        ([("A", "prescriber"), ("B", "nurse")], ["no signature of a pharmacist"]),
        ([("A", "prescriber"), ("B", "pharmacist")], []),
    ],
)
def test_the_rule_names_what_is_missing(given_verdicts: list[tuple[str, str]], lacks: list[str]) -> None:
    rule = SigningRule(Path("s.toml"), 2, ("prescriber", "pharmacist"))
    told = missing(rule, [verdict(name, role) for name, role in given_verdicts])
    assert len(told) == len(lacks)
    assert all(part in one for part, one in zip(lacks, told, strict=True))


def test_signatures_that_do_not_hold_do_not_count() -> None:
    rule = SigningRule(Path("s.toml"), 1, ())
    assert missing(rule, [verdict("A", "nurse", good=False)])
    assert not missing(rule, [verdict("A", "nurse", good=False), verdict("B", "nurse")])
    assert missing(SigningRule(Path("s.toml"), 1, ("nurse", "nurse")), [verdict("B", "nurse")]) == (
        "1 of 2 signed as nurse",
    )


def test_a_key_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "ann.key"
    write_key(new_key("Ann Lee"), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert isinstance(read_key(path), SigningKey)
    for mode in (0o640, 0o604, 0o620, 0o602, 0o610):
        path.chmod(mode)
        (fault,) = refused(read_key(path))
        assert "private key" in fault.problem
        assert f"chmod 600 {path}" in fault.remedy
    with pytest.raises(FileExistsError):
        write_key(new_key("Ann Lee"), path)


def refused(found: Any) -> list[Fault]:
    assert isinstance(found, list), found
    assert found
    return found


@given(st.binary(max_size=300))
def test_no_key_file_list_or_sidecar_raises(tmp_path_factory: Any, raw: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "p.toml.sig"
    path.write_bytes(raw)
    path.chmod(0o600)
    for read in (read_key(path), read_signers(path)):
        assert refused(read)
    found = read_signatures(path.with_suffix(""))
    assert isinstance(found, tuple | list)


def test_one_person_is_not_listed_as_two(tmp_path: Path) -> None:
    ann, bob = new_key("Ann Lee"), new_key("Bob Ray")
    path = tmp_path / "signers.toml"
    path.touch(0o600)
    path.write_text(block(ann, "prescriber") + block(replace(ann, name="Anne Lee"), "pharmacist"))
    assert "two names have this key" in str(refused(read_signers(path))[0])
    path.write_text(block(ann, "prescriber") + block(replace(bob, name="Ann Lee"), "pharmacist"))
    assert "this name is there twice" in str(refused(read_signers(path))[0])
    path.write_text(block(ann, "surgeon"))
    assert "signers[0].role" in str(refused(read_signers(path))[0])
    path.write_text(block(ann, "nurse").replace('"\n', '="\n'))
    assert refused(read_signers(path))


def block(key: SigningKey, role: str) -> str:
    public = key_text(key.public_key)
    return f'[[signers]]\nname = "{key.name}"\nrole = "{role}"\npublic_key = "{public}"\n'


def test_keys_are_written_one_way_only() -> None:
    text = key_text(bytes(range(32)))
    assert key_bytes(text, 32) == bytes(range(32))
    assert key_bytes(text, 31) is None
    assert key_bytes(text[:-2] + "9=", 32) is None
    assert key_bytes(" " + text, 32) is None


@pytest.fixture
def desk(tmp_path: Path) -> Path:
    """A folder with a protocol, a bed that asks for a prescriber and a pharmacist, and three keys."""
    (tmp_path / "p.toml").write_bytes(CASTELLS.read_bytes())
    bed = (CONFIG / "bed.example.toml").read_text().replace("protocols/castells-12-step.toml", "p.toml")
    signing = 'signing = { signers = "signers.toml", required = 2, roles = ["prescriber", "pharmacist"] }\n'
    (tmp_path / "bed.toml").write_text(bed.replace("[[pumps]]", f"{signing}\n[[pumps]]", 1))
    lines = ""
    for name, role in (("Ann Lee", "prescriber"), ("Bo Berg", "pharmacist"), ("Cy Orr", "nurse")):
        made = run("key", name, "--out", tmp_path / f"{name[:2].strip()}.key")
        assert made.exit_code == 0, made.output
        lines += made.stdout.replace('"prescriber" # or "pharmacist", "nurse"', f'"{role}"')
    (tmp_path / "signers.toml").write_text(lines)
    (tmp_path / "signers.toml").chmod(0o644)
    return tmp_path


def sign(desk: Path, who: str, *more: str) -> Any:
    return run("sign", desk / "p.toml", "--key", desk / f"{who}.key", *more)


def lacks(desk: Path) -> str:
    bed = load_bed(desk / "bed.toml")
    assert isinstance(bed, Bed), bed
    found = load_signed_plan(bed)
    checked = run("check", desk / "bed.toml")
    assert (checked.exit_code > 0) is isinstance(found, list), checked.output
    return "" if isinstance(found, tuple) else " | ".join(str(fault) for fault in found)


def test_a_bed_takes_only_what_the_right_people_signed(desk: Path) -> None:
    """(A) P2, P7."""
    assert "signed by nobody who counts: 2 different signers are required" in lacks(desk)
    assert sign(desk, "An").exit_code == 0
    assert sign(desk, "Cy").exit_code == 0
    assert "no signature of a pharmacist" in lacks(desk)
    assert "infusiond sign p.toml --key FILE" in lacks(desk)
    assert sign(desk, "Bo").exit_code == 0
    assert lacks(desk) == ""
    bed = load_bed(desk / "bed.toml")
    assert isinstance(bed, Bed)
    found = load_signed_plan(bed)
    assert isinstance(found, tuple)
    assert found[1].signers == ("Ann Lee", "Cy Orr", "Bo Berg")
    shown = run("signatures", desk / "p.toml", "--signers", desk / "signers.toml")
    assert shown.exit_code == 0
    assert re.search(r"valid +Bo Berg \(pharmacist\)", shown.stdout)


def test_a_file_changed_by_one_byte_after_signing_is_refused(
    desk: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert sign(desk, "An").exit_code == sign(desk, "Bo").exit_code == 0
    protocol = desk / "p.toml"
    raw = protocol.read_bytes()
    for place in range(0, len(raw), 97):
        protocol.write_bytes(raw[:place] + bytes([raw[place] ^ 1]) + raw[place + 1 :])
        assert "was changed since" in (found := load(desk)), found
    protocol.write_bytes(raw + b"\n")
    assert "the signature of Ann Lee does not count: the file is not the one" in lacks(desk)
    bed, nothing = load_bed(desk / "bed.toml"), read_journal(desk / "no.journal")
    assert isinstance(bed, Bed)
    with pytest.raises(SystemExit) as ended:
        serve._plan(bed, nothing)
    assert (ended.value.code, "was changed since" in capsys.readouterr().err) == (2, True)
    assert run("signatures", protocol).exit_code == 1
    protocol.write_bytes(raw)
    assert lacks(desk) == ""
    assert serve._plan(bed, nothing)[1].signers == ("Ann Lee", "Bo Berg")


def load(desk: Path) -> str:
    bed = load_bed(desk / "bed.toml")
    assert isinstance(bed, Bed)
    return " ".join(str(fault) for fault in refused(load_signed_plan(bed)))


def test_signing_again_changes_nothing_unasked(desk: Path) -> None:
    assert sign(desk, "An").exit_code == sign(desk, "Bo").exit_code == 0
    sidecar = sidecar_of(desk / "p.toml")
    before = sidecar.read_bytes()
    again = sign(desk, "An")
    assert (again.exit_code, "nothing was changed" in again.stdout) == (0, True)
    assert sidecar.read_bytes() == before
    (desk / "p.toml").write_bytes((desk / "p.toml").read_bytes() + b"\n")
    stale = sign(desk, "An")
    assert (stale.exit_code, "--replace" in stale.output) == (1, True)
    assert sidecar.read_bytes() == before
    assert sign(desk, "An", "--replace").exit_code == 0
    now = read_signatures(desk / "p.toml")
    assert isinstance(now, tuple)
    assert key_text(now[0].signature) in before.decode()
    assert [one.signer for one in now] == ["Bo Berg", "Ann Lee"]
    assert "the signature of Bo Berg does not count" in lacks(desk)


def test_a_broken_sidecar_is_left_alone(desk: Path) -> None:
    sidecar_of(desk / "p.toml").write_text("signatures = 7\n")
    assert sign(desk, "An").exit_code == 2
    assert sidecar_of(desk / "p.toml").read_text() == "signatures = 7\n"
    assert "signatures" in lacks(desk)
    assert run("signatures", desk / "p.toml").exit_code == 2


def test_what_is_refused_is_signed_by_nobody(desk: Path) -> None:
    protocol = desk / "p.toml"
    protocol.write_text(protocol.read_text().replace("max_total_dose", "max_dose"))
    made = sign(desk, "An")
    assert (made.exit_code, "max_total_dose" in made.output) == (1, True)
    assert not sidecar_of(protocol).exists()
    assert run("sign", desk / "bed.toml", "--key", desk / "An.key").exit_code == 2
    assert run("sign", desk / "none.toml", "--key", desk / "An.key").exit_code == 2


def test_a_dose_nobody_signed_is_not_put_in_by_the_bed_file(desk: Path) -> None:
    bed = desk / "bed.toml"
    bed.write_text(bed.read_text().replace("# target_dose = 600 ", "target_dose = 900 "))
    (fault,) = refused(load_bed(bed))
    assert (fault.key, fault.code) == ("target_dose", "dose_not_signed")


def test_a_list_of_signers_that_is_missing_is_said(desk: Path) -> None:
    (desk / "signers.toml").unlink()
    assert "signers.toml" in lacks(desk)


def test_keys_lists_and_signatures_as_json(desk: Path) -> None:
    assert sign(desk, "An").exit_code == 0
    shown = run("signatures", desk / "p.toml", "--json")
    told = json.loads(shown.stdout)
    assert told["ok"] is True
    assert told["signatures"][0]["known"] is False
    told = json.loads(run("signatures", desk / "p.toml", "--signers", desk / "signers.toml", "--json").stdout)
    assert (told["signatures"][0]["signer"], told["signatures"][0]["role"]) == ("Ann Lee", "prescriber")


def test_the_private_key_never_leaves_its_file(desk: Path) -> None:
    secret = re.search(r'private_key = "(\S+)"', (desk / "An.key").read_text())
    assert secret
    made = sign(desk, "An")
    assert secret[1] not in made.output
    assert secret[1] not in sidecar_of(desk / "p.toml").read_text() + (desk / "signers.toml").read_text()


def test_an_order_by_body_size_is_signed_without_the_size(desk: Path) -> None:
    protocol = desk / "p.toml"
    protocol.write_text(protocol.read_text().replace("target_dose = 600", "dose_per_m2 = 375"))
    assert run("check", protocol).exit_code == 1
    assert sign(desk, "An").exit_code == 0


def test_doses_by_hand_are_signed_and_never_served(desk: Path) -> None:
    (desk / "p.toml").write_bytes((CONFIG / "protocols" / "aspirin-10-step.toml").read_bytes())
    assert "Aspirin, ten doses, 325 mg" in sign(desk, "An").stdout
    assert sign(desk, "Bo").exit_code == 0
    assert lacks(desk) != ""


@given(st.binary(max_size=200), st.binary(max_size=200))
def test_no_bytes_break_a_verb(tmp_path_factory: Any, raw: bytes, beside: bytes) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "p.toml").write_bytes(raw)
    (folder / "p.toml.sig").write_bytes(beside)
    write_key(new_key("Ann Lee"), folder / "key")
    for made in (
        run("sign", folder / "p.toml", "--key", folder / "key"),
        run("signatures", folder / "p.toml", "--signers", folder / "p.toml.sig"),
        run("sign", folder, "--key", folder),
        run("signatures", folder),
    ):
        assert isinstance(made.exception, SystemExit | None)
        assert made.exit_code in (1, 2)
    assert (folder / "p.toml.sig").read_bytes() == beside


def test_f29_file_and_signers_are_in_the_record_and_wherever_the_plan_is_named(desk: Path) -> None:
    """F29, (A) P7: journalled when the run opens; status, report and replay say the same."""
    assert sign(desk, "An").exit_code == sign(desk, "Bo").exit_code == 0
    bed = load_bed(desk / "bed.toml")
    assert isinstance(bed, Bed)
    found = load_signed_plan(bed)
    assert isinstance(found, tuple)
    plan, file = found
    setting = Setting(
        plan=plan,
        pumps=one_for_all(plan, bed.pumps[0].capabilities),
        bed="a/b/c",
        speed=1,
        simulated=True,
        patient=bed.patient,
        codes=codes_of(("bag-1",)),
        file=file,
    )
    made = make(1, GENESIS, opened(setting, NO_VOLUME), at_ms=5, wire_ms=6, utc=AT, boot="b", sync=True)
    (run_of,) = replays([made])
    assert run_of.state.file == file
    seen = view(run_of.state, 5)["protocol"]
    assert seen["file_sha256"] == hashlib.sha256((desk / "p.toml").read_bytes()).hexdigest()
    assert seen["signers"] == ["Ann Lee", "Bo Berg"]
    text = report_text(report([made], None))
    assert seen["file_sha256"] in text
    assert "Signed by Ann Lee, Bo Berg" in text


def test_a_signature_is_data(desk: Path) -> None:
    assert sign(desk, "An").exit_code == 0
    (made,) = read_signatures(desk / "p.toml")
    assert isinstance(made, Signature)
    assert made.signer == "Ann Lee"


@pytest.mark.parametrize("mode", [0o666, 0o664, 0o646, 0o620, 0o602])
def test_a_list_of_signers_that_others_can_change_is_refused(desk: Path, mode: int) -> None:
    """Whoever writes it decides who may sign."""
    assert sign(desk, "An").exit_code == sign(desk, "Bo").exit_code == 0
    path = desk / "signers.toml"
    path.chmod(mode)
    (fault,) = refused(read_signers(path))
    assert f"mode {mode:04o}" in fault.problem
    assert f"chmod go-w {path}" in fault.remedy
    assert "others can change who may sign" in lacks(desk)
    assert run("signatures", desk / "p.toml", "--signers", path).exit_code == 2
    for closed in (0o644, 0o640, 0o600, 0o444):
        path.chmod(closed)
        assert lacks(desk) == ""
