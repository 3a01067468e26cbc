"""Chapter two: intelligence does not become evidence by accident, and the way on which it lawfully does."""

from egnatia.demo.client import Json, Node, Unexpected
from egnatia.demo.documents import request, with_field
from egnatia.demo.refusal import refused_by
from egnatia.demo.stage import Stage


def draft_letter(node: Node, message: str) -> Json:
    """Return the draft of a letter that a police thread allows, for the prosecution that would send it."""
    return node.post(f"/messages/{message}/letter", {"for": "rs.prosecution"}).done()


def evidence_gate(stage: Stage) -> None:
    """Ask, be told what the answer may not be used for, ask consent, and send a letter rogatory for the evidence."""
    story = stage.story
    belgrade, sarajevo = stage.node("belgrade"), stage.node("sarajevo")
    prosecution, executing = stage.node("belgrade-prosecution"), stage.node("sarajevo-prosecution")
    story.chapter("The evidence gate", "Police information is a lead. Evidence comes by letter rogatory.")
    with story.step(
        "Belgrade asks Sarajevo urgently, with ground and reason", "egnatia --as belgrade send --file urgent.json"
    ) as step:
        question = belgrade.send(request("MT-01.person-sr-Cyrl", stage.today))
        sarajevo.arrived(question)
        step.seen = "urgent: imminent threat to life, D977 Art 4(4)(b)"
    with story.step("Sarajevo answers in part, H2 and H3: not to be passed on") as step:
        answer = sarajevo.send(request("MT-03.person-part-bs", stage.today, in_reply_to=question))
        codes = belgrade.arrived(answer)["header"]["handling"]
        if not {"H2", "H3"} <= set(codes):
            raise Unexpected(f"the answer arrived with {codes}")
        step.seen = f"arrived with {', '.join(codes)}, under the sender's signatures"
    decider = sarajevo.get("/people").done()["people"][0]["person"]
    with story.step("A police node cannot send a letter rogatory, not even a signed one") as step:
        changes = {"channel": "police", "to": ["rs.ilecu"], "sign_as": decider}
        step.seen = refused_by(sarajevo.post("/messages", request("MT-R1.witness-sr-Cyrl", stage.today, **changes)))
    with story.step("Belgrade asks for consent to judicial use; Sarajevo grants it") as step:
        asked = request("MT-11.ask-sr-Latn", stage.today, in_reply_to=answer)
        for item in asked["document"]["items"]:
            item["message_id"] = answer
        asked_id = belgrade.send(asked)
        sarajevo.arrived(asked_id)
        granted = request("MT-11.grant-bs", stage.today, in_reply_to=asked_id, sign_as=decider)
        for item in granted["document"]["items"]:
            item["message_id"] = answer
        before = draft_letter(belgrade, answer)
        belgrade.arrived(sarajevo.send(granted))
        step.seen = "consent with conditions and an end date, from the owner"
    with story.step(
        "A draft of the letter quotes what the consent covers, and nothing else",
        "egnatia --as belgrade node draft-letter ID --for rs.prosecution",
    ) as step:
        after = draft_letter(belgrade, answer)
        if len(after["left_out"]) >= len(before["left_out"]):
            raise Unexpected("the consent changed nothing in the draft")
        step.seen = f"left out before the consent: {len(before['left_out'])} pieces; with it: {len(after['left_out'])}"
    person, signer = (each.get("/people").done()["people"][0]["person"] for each in (prosecution, executing))
    letter = request("MT-R1.witness-sr-Cyrl", stage.today, sign_as=person, handling=[])
    with story.step("A letter without the summary of facts is stopped before it leaves") as step:
        step.seen = refused_by(prosecution.post("/messages", with_field(letter, "offence", None)))
    with story.step(
        "The prosecutor signs in person; the letter is complete and arrives",
        "egnatia --as belgrade-prosecution send --file letter.json --sign-as …",
    ) as step:
        sent = prosecution.send(letter)
        read = executing.arrived(sent)
        if read["header"]["purpose"] != "proceedings":
            raise Unexpected("the letter lost its purpose")
        step.seen = "two channels, other keys, other nodes: nothing crossed by itself (MLA59 Art 14)"
    with story.step("The executing office returns the result with the record of the hearing") as step:
        result = executing.send(
            request("MT-R8.witness-heard-bs", stage.today, in_reply_to=sent, sign_as=signer, handling=[])
        )
        prosecution.arrived(result)
        step.seen = "this, not the police answer, may be put before a court (AP2 Art 26 limits attached)"
