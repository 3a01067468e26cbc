"""Chapter three: a woman returns home. No name leaves before she allowed it, and police are not in this channel."""

import time
from typing import Any, Final

from egnatia.demo.client import Node, Unexpected
from egnatia.demo.documents import document, request
from egnatia.demo.refusal import refused_by
from egnatia.demo.stage import Stage

_PATIENCE_S: Final = 60


def victim_and_cso(stage: Stage) -> None:
    """Enquire without a name, be refused without consent, record consent, refer, withdraw."""
    story, lotse, nada = stage.story, stage.node("lotse"), stage.node("nada")
    story.chapter("A safe return", "Two organisations, one person, her decision.")
    with story.step(
        "Lotse in Vienna asks Nada in Belgrade for a place, without a name",
        "egnatia --as lotse send --file enquiry.json",
    ) as step:
        enquiry = lotse.send(request("MT-E1.woman-de", stage.today))
        nada.arrived(enquiry)
        step.seen = "age band, region, needs; nobody can be recognised"
    with story.step("Nada has a place and names two contacts") as step:
        offer = nada.send(request("MT-E2.yes-sr-Latn", stage.today, in_reply_to=enquiry))
        lotse.arrived(offer)
        step.seen = "accepted; only now may identity follow"
    referral = request("MT-V1.adult-sr-Latn", stage.today, in_reply_to=offer)
    with story.step("Her name without her consent is refused") as step:
        step.seen = refused_by(lotse.post("/messages", referral))
    with story.step(
        "She consents: to whom, which data, what for, until when", "egnatia --as lotse consent record consent.json"
    ) as step:
        record = document("MT-V6.record-sr-Latn", stage.today)["body"]
        sheet = lotse.post("/consents/sheet", {"document": record, "language": "sr-Latn"}).done()
        read_back = {"sheet": sheet["sheet"], "language": "rom", "witness": "T-31"}
        consent = lotse.post("/consents", {"document": record, "read_back": read_back}).done()
        record = consent["document"]
        references = [each["reference"] for each in consent["references"] if each["recipient"] == "nada.rs"]
        count = len(record["record"]["grants"])
        step.seen = f"read aloud, confirmed before a witness; {count} permissions, police: none"
    with story.step("The hub learns a random reference, never the person") as step:
        _token_logged(lotse, references)
        step.seen = f"token {references[0][:12]}… is logged; categories and purposes stay with the two organisations"
    with story.step("Nada receives the record of what she allowed") as step:
        told = request("MT-V6.record-sr-Latn", stage.today, in_reply_to=offer, consents=references)
        told["document"] = record
        nada.arrived(lotse.send(told))
        step.seen = "both organisations check every later message against it"
    with story.step(
        "The referral goes, her name sealed apart from her case", "egnatia --as lotse send --file referral.json"
    ) as step:
        referral = referral | {"consents": references}
        sent = lotse.send(referral)
        read = nada.arrived(sent)
        if read["identity"] != referral["identity"]:
            raise Unexpected("the identity part did not arrive")
        if stage.operator.occurrences(referral["identity"]["prs_SecondName"]):
            raise Unexpected("the name stands in the hub's files")
        step.seen = "Nada reads it; the hub's files hold no trace of the name"
    _change_of_mind(stage, str(consent["id"]), sent, referral)


def _change_of_mind(stage: Stage, consent: str, sent: str, referral: dict[str, Any]) -> None:
    """Withdraw: nothing more may be sent, and what was sent is locked, erased and confirmed."""
    story, lotse, nada = stage.story, stage.node("lotse"), stage.node("nada")
    with story.step(
        "She changes her mind: one call, and nothing more may be sent", "egnatia --as lotse consent withdraw …"
    ) as step:
        said = {"channel": "phone", "told": "She was told that Nada has her name, and that it locks and erases it."}
        lotse.post(f"/consents/{consent}/withdraw", said).done()
        step.seen = refused_by(lotse.post("/messages", referral))
    with story.step(
        "At Nada her referral is out of reach at once; a worker erases it and says so",
        "egnatia --as nada consent purge 1",
    ) as step:
        end = _awaited(nada, "here")
        if nada.show(sent)["document"] is not None:
            raise Unexpected("the referral can still be read")
        nada.post(f"/consent-ends/{end['number']}/purge", {}).done()
        _awaited(lotse, "told", gone=True)
        step.seen = "locked when Nada heard of it, erased with its keys, the receipt is at Lotse"


def _awaited(node: Node, part: str, *, gone: bool = False) -> dict[str, Any]:
    """Return the first end of a consent that a node lists, or nothing once there is none any more."""
    end = time.monotonic() + _PATIENCE_S
    while True:
        rows = node.get("/consent-ends").done()[part]
        if gone != bool(rows):
            return {} if gone else dict(rows[0])
        if time.monotonic() > end:
            raise Unexpected(f"ends of consents are {rows}")
        time.sleep(0.05)


def _token_logged(lotse: Node, references: list[str]) -> None:
    end = time.monotonic() + _PATIENCE_S
    while True:
        rows = lotse.get("/consents").done()["consents"]
        states = {each["reference"]: each["token"] for row in rows for each in row["references"]}
        if all(states.get(each) == "logged" for each in references):
            return
        if time.monotonic() > end:
            raise Unexpected(f"tokens are {states}")
        time.sleep(0.05)
