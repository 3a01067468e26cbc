"""First flight and chapter one: ask another country, see what each side sees, answer before the clock runs out."""

import base64
import datetime as dt
from typing import Any

from egnatia.demo.client import Unexpected
from egnatia.demo.documents import request
from egnatia.demo.stage import Stage
from egnatia.demo.story import View

PLATE = "VR 123-ŽĆ"


def first_flight(stage: Stage) -> str:
    """Send one request from Skopje to Belgrade and show the three views of it; return its id."""
    story, skopje, belgrade = stage.story, stage.node("skopje"), stage.node("belgrade")
    wanted = request("MT-01.vehicle-mk", stage.today)
    with story.step(
        "Skopje asks Belgrade about a van", _typed("skopje", "send --file request.json --to rs.ilecu")
    ) as step:
        message = skopje.send(wanted)
        read = belgrade.arrived(message)
        if read["document"] != wanted["document"]:
            raise Unexpected("Belgrade reads something else than Skopje wrote")
        step.seen = f"sealed, accepted, opened; message {message[:12]}"
    stage.story.show(_views(stage, message, wanted["document"], read))
    with story.step("The hub's files contain neither plate nor place") as step:
        found = {word: stage.operator.occurrences(word) for word in (PLATE, "Лојане", "комбе", "Ducato")}
        if any(found.values()):
            raise Unexpected(f"the hub's files contain {found}")
        step.seen = "searched every file of the hub for four words of the request: 0 hits"
    return message


def _views(stage: Stage, message: str, wrote: dict[str, Any], read: dict[str, Any]) -> tuple[View, ...]:
    vehicle = wrote["subjects"]["vehicles"][0]
    stored = stage.operator.stored(message)
    core = stored.core
    got = read["document"]["subjects"]["vehicles"][0]
    return (
        View(
            "What Skopje wrote",
            (
                f"Plate    {vehicle['plate']} ({vehicle['plate_country']})",
                f"Vehicle  {vehicle['make']} {vehicle['model']}, {vehicle['colour']}",
                f"Place    {vehicle['seen_place']['city']}",
                f"Facts    {wrote['facts'][:58]}…",
                f"Asks     {wrote['specification'][:58]}…",
            ),
        ),
        View(
            "What the hub holds",
            (
                f"From     {core.sender}  to {', '.join(each.node for each in core.to)}",
                f"Channel  {core.channel}  type {core.type}",
                f"Purpose  {core.purpose}  handling {', '.join(core.handling)}",
                f"Content  {stored.size} sealed bytes",
                f"         …{base64.b64encode(stored.sample).decode()}",
            ),
        ),
        View(
            "What Belgrade reads",
            (
                f"Plate    {got['plate']} ({got['plate_country']})",
                f"Vehicle  {got['make']} {got['model']}, {got['colour']}",
                f"Place    {got['seen_place']['city']}",
                "Sealed by Contact point, North Macedonia.",
                "Not changed since.",
            ),
        ),
    )


def ask_and_answer(stage: Stage) -> None:
    """Acknowledge with the clock, answer, and let both sides see the evidence."""
    story, skopje, belgrade, message = stage.story, stage.node("skopje"), stage.node("belgrade"), stage.opening
    story.chapter("Ask and answer", "A request, its clock, its answer, and evidence of each step.")
    with story.step(
        "Belgrade confirms receipt and states the due time", _typed("belgrade", f"reply {message[:12]}…")
    ) as step:
        logged = belgrade.row("inbox", message) or {}
        due = dt.datetime.fromtimestamp(int(logged["logged_at"]) + 7 * 86_400, tz=dt.UTC)
        answer = request("MT-02.received-sr-Latn", stage.today, in_reply_to=message)
        answer["document"]["received_at"] = _instant(int(logged["logged_at"]))
        answer["document"]["due_at"] = _instant(int(due.timestamp()))
        skopje.arrived(belgrade.send(answer))
        step.seen = f"not urgent: 7 days from the log's time, due {due:%d %B %H:%M} UTC (D977 Art 5(1)(c))"
    with story.step(
        "Belgrade answers in Serbian, Cyrillic script", _typed("belgrade", "reply … --file answer.json")
    ) as step:
        reply = belgrade.send(request("MT-03.vehicle-sr-Cyrl", stage.today, in_reply_to=message))
        got = skopje.arrived(reply)
        renter = got["document"]["information"]["persons"][0]["names"][0]
        step.seen = f"rented by {renter['given']} {renter['family']}; items rated by source and accuracy"
    with story.step(
        "Skopje sees that its request was taken over and read", _typed("skopje", f"why {message[:12]}…")
    ) as step:
        row = skopje.wait_row("outbox", message, lambda row: row["to"][0]["read_at"] is not None)
        step.seen = f"accepted {_clock(row['accepted_at'])}, handed over {_clock(row['to'][0]['handed_over_at'])}, read"
    with story.step("Every step left signed evidence", f"egnatia --as skopje evidence {message[:12]}…") as step:
        proofs = skopje.get(f"/evidence/{message}").done()["evidence"]
        names = [each["event"] for each in proofs]
        wanted = {"SubmissionAcceptance", "ContentHandover", "ContentAccessTracking"}
        if not wanted <= set(names):
            raise Unexpected(f"evidence is {names}")
        step.seen = ", ".join(names)


def _typed(alias: str, words: str) -> str:
    return f"egnatia --as {alias} {words}"


def _instant(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _clock(seconds: int) -> str:
    return dt.datetime.fromtimestamp(seconds, tz=dt.UTC).strftime("%H:%M:%S")
