"""Chapter five: accidents and a corrupt operator. What is lost: nothing. What goes unnoticed: nothing."""

import concurrent.futures
import contextlib
import time
from collections.abc import Callable

from egnatia.demo.client import Json, Node, Unexpected
from egnatia.demo.documents import request
from egnatia.demo.forging import Forger
from egnatia.demo.stage import Stage

LOAD = 40


def attacks(stage: Stage) -> None:
    """Kill the hub under load; then let its operator add a recipient, alter a body and drop a message."""
    story = stage.story
    story.chapter("Accidents and a corrupt operator", "The hub is killed; its operator edits its files.")
    with story.step(f"The hub is killed while {LOAD} requests are under way, then restarted") as step:
        step.seen = _killed_under_load(stage)
    messages = _prepare(stage)
    with story.step("The operator adds Sarajevo as a recipient of Skopje's request") as step:
        row = _refused(stage.node("sarajevo"), messages["added"])
        step.seen = f"Sarajevo refuses it: {row['code']}, the sender signed the list of recipients"
    with story.step("The operator alters one byte of a message to Sarajevo") as step:
        row = _refused(stage.node("sarajevo"), messages["altered"])
        step.seen = f"Sarajevo refuses it: {row['code']}; Belgrade is told that it could not be opened"
    with story.step("The operator drops a message; the next one shows the gap") as step:
        gap = _gap(stage.node("sarajevo"))
        step.seen = f"Sarajevo: number {gap['low']} from {gap['sender']} is missing, since the next one has arrived"
    with story.step("The messages behind the poisoned ones arrived all the same") as step:
        stage.node("sarajevo").arrived(messages["after"])
        step.seen = "a bad item never blocks those behind it"
    _forge_logs(stage)


def _forge_logs(stage: Stage) -> None:
    """Let the operator rewrite both logs, so that the hub itself finds nothing; then bring the honest files back."""
    story, forger, auditor = stage.story, Forger(stage.folder / "hub"), stage.node("auditor")
    cosigned = _witnessed(auditor)
    stage.processes.kill("hub")
    forger.keep()
    number = cosigned - 1
    forger.backdate(number)
    left = forger.take_back_statement()
    stage.start_hub()
    with story.step(f"The operator gives entry {number} of the log an earlier time") as step:
        finding = _finding(auditor, "messages")
        step.seen = (
            f"the auditor's witness: {finding['code']}, after {cosigned} entries; both signed checkpoints are kept"
        )
    with story.step("The operator takes the newest statement out of the directory") as step:
        finding = _finding(auditor, "directory")
        step.seen = f"the auditor's witness: {finding['code']}, {left} entries after {left + 1}; it cosigns neither log"
    stage.processes.kill("hub")
    forger.restore()
    stage.start_hub()


def _killed_under_load(stage: Stage) -> str:
    skopje, belgrade = stage.node("skopje"), stage.node("belgrade")
    wanted = request("MT-01.vehicle-mk", stage.today)
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        sending = [pool.submit(skopje.send, wanted) for _ in range(LOAD)]
        while sum(each.done() for each in sending) < LOAD // 2:
            time.sleep(0.01)
        stage.processes.kill("hub")
        ids = [each.result() for each in sending]
    stage.start_hub()
    for message in ids:
        belgrade.wait_row("inbox", message, lambda row: row["state"] == "accepted")
    rows = belgrade.get(f"/messages?box=inbox&limit={LOAD * 4}").done()["messages"]
    twice = len([row for row in rows if row["id"] in set(ids)]) - len(set(ids))
    if twice:
        raise Unexpected(f"{twice} arrived twice")
    return f"{len(ids)} sent, 0 lost, 0 twice"


def _prepare(stage: Stage) -> dict[str, str]:
    """While Sarajevo's node is off, send it messages; then edit the stopped hub's files and start both again."""
    belgrade, skopje = stage.node("belgrade"), stage.node("skopje")
    question = request("MT-01.person-sr-Cyrl", stage.today)
    stage.processes.kill("sarajevo")
    messages = {name: belgrade.send(question) for name in ("altered", "dropped", "after")}
    messages["added"] = skopje.send(request("MT-01.vehicle-mk", stage.today))
    for message in messages.values():
        sender = skopje if message == messages["added"] else belgrade
        sender.wait_row("outbox", message, lambda row: row["accepted_at"] is not None)
    stage.processes.kill("hub")
    stage.operator.change_content(messages["altered"])
    stage.operator.drop(messages["dropped"], "ba.ilecu")
    stage.operator.add_recipient(messages["added"], "ba.ilecu")
    stage.start_hub()
    stage.launch("sarajevo")
    stage.ready("sarajevo")
    return messages


def _refused(node: Node, message: str) -> Json:
    return node.wait_row("inbox", message, lambda row: row["code"] is not None)


def _gap(node: Node) -> Json:
    return _first(lambda: node.status()["gaps"], "gap")


def _witnessed(node: Node) -> int:
    """Return how many entries of the message log stand under a node's name, once some do."""
    head = _first(lambda: [each for each in _seen(node)["heads"] if each["log"] == "messages"], "cosignature")
    return int(head["size"])


def _finding(node: Node, log: str) -> Json:
    return _first(lambda: [each for each in _seen(node)["findings"] if each["log"] == log], "finding")


def _seen(node: Node) -> Json:
    return node.get("/witness").done()


def _first(look: Callable[[], list[Json]], what: str) -> Json:
    """Return the first of what is looked for, once there is any."""
    end = time.monotonic() + 40
    found: list[Json] = []
    while not found:
        if time.monotonic() > end:
            raise Unexpected(f"no {what} was shown")
        with contextlib.suppress(OSError):
            found = look()
        time.sleep(0.05)
    return found[0]
