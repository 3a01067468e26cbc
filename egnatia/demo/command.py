"""``egnatia demo``: found a network, run it, tell the story, then hand the keyboard over."""

import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from types import FrameType
from typing import Final, NoReturn

import click
from rich.console import Console

from egnatia.demo.cast import CAST
from egnatia.demo.ceremony import Founding
from egnatia.demo.chapter_attacks import attacks
from egnatia.demo.chapter_exchange import ask_and_answer, first_flight
from egnatia.demo.chapter_gate import evidence_gate
from egnatia.demo.chapter_refusals import refusals
from egnatia.demo.chapter_states import every_state
from egnatia.demo.chapter_victim import victim_and_cso
from egnatia.demo.desk import Typist
from egnatia.demo.desks import open_desks, set_up
from egnatia.demo.menu import Menu
from egnatia.demo.processes import Processes, own_folder
from egnatia.demo.stage import Stage
from egnatia.demo.story import Story

FIRST: Final = ("skopje", "belgrade")
PLAIN_WIDTH: Final = 150
LOG: Final = "demo.log"
PAGE: Final = "story.html"
INTERRUPTED: Final = 130  # as a shell tells of Ctrl-C
CHAPTERS: Final = (ask_and_answer, evidence_gate, victim_and_cso, refusals, open_desks, every_state, attacks)


@click.command("demo")
@click.option("--once", is_flag=True, help="End after the story instead of offering a menu.")
@click.option("--keep", is_flag=True, help="Keep the folder of this run for a look afterwards.")
@click.option(
    "--folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where this run's files go; a fresh folder below the user's state folder by default.",
)
def demo(folder: Path | None, *, once: bool, keep: bool) -> None:
    """Run a small network on this machine and show what it does. Status 1 when a step failed."""
    for asked in (signal.SIGTERM, getattr(signal, "SIGHUP", signal.SIGTERM)):  # a closed terminal stops it too
        signal.signal(asked, _stop)
    base = folder or own_folder("demo")
    base.mkdir(parents=True, exist_ok=True)
    run = Path(tempfile.mkdtemp(prefix="run-", dir=base))
    told, page = base / LOG, base / PAGE
    console = Console() if sys.stdout.isatty() else Console(width=PLAIN_WIDTH, no_color=True)
    status = 1

    def perform() -> int:
        with told.open("w", encoding="utf-8") as log:
            story = Story(console, log)
            with Typist(run, story) as typist, Processes(run) as processes:
                stage = Stage(run, story, typist, processes)
                failed = _perform(stage, page, told)
                if not once:
                    Menu(stage).offer()
        return 1 if failed else 0

    try:
        status = perform()
    except KeyboardInterrupt:
        status = INTERRUPTED
    finally:
        _leave(console, run, told, kept=keep or status == 1)
    sys.exit(status)


def _leave(console: Console, run: Path, log: Path, *, kept: bool) -> None:
    """Delete the run's files unless somebody may want to look at them; the log always stays."""
    if not kept:
        shutil.rmtree(run, ignore_errors=True)
    more = f"; the files of this run stay in {run}" if kept else ""
    console.print(f"Every command and answer stays in {log}{more}", highlight=False, soft_wrap=True)


def _perform(stage: Stage, page: Path, log: Path) -> int:
    """Tell the whole story; return how many steps failed."""
    told = _tell(stage, _found) and _tell(stage, _first_flight)
    for chapter in CHAPTERS if told else ():
        _tell(stage, chapter)
    stage.story.save(page, {"Details of every command": str(log), "Files of this run": str(stage.folder)})
    words = f"\nThe story as a page: {page}\nEvery command and answer: {log}"
    stage.story.console.print(words, highlight=False, soft_wrap=True)
    stage.story.console.print(f"[bold]{stage.story.closing()}[/bold]", highlight=False)
    return stage.story.failed


def _tell(stage: Stage, chapter: Callable[[Stage], None]) -> bool:
    """Tell one chapter; one that breaks off counts as a failed step, and the others are told all the same."""
    try:
        chapter(stage)
    except Exception as broken:  # noqa: BLE001 - shown and counted
        stage.story.broke_off(broken)
        return False
    return True


def _first_flight(stage: Stage) -> None:
    stage.opening = first_flight(stage)
    stage.ready(*(who.alias for who in CAST))


def _found(stage: Stage) -> None:
    story = stage.story
    founding = Founding(stage.typist)
    story.chapter(
        "A network is founded", "Keys, a charter, enrolments, agreements and policies, as on a ceremony's table."
    )
    with story.step("Three registrars, an authority, the hub and eight participants make keys") as step:
        step.seen = f"{founding.make_keys()} keystores; no private key leaves its file"
    with story.step("All registrars and the hub sign the charter", "egnatia keys charter …") as step:
        step.seen = f"its digest is pinned by every node: {founding.sign_charter()[:16]}…"
        stage.pin = founding.pin
    with story.step("Participants are enrolled by two registrars each and publish weekly keys") as step:
        step.seen = f"{founding.enrol()} participants"
        founding.publish_keys()
        founding.bind_people(
            {"sarajevo": "supervisor", "belgrade-prosecution": "prosecutor", "sarajevo-prosecution": "prosecutor"}
        )
    with story.step("Agreements are signed by both parties; two registrars put the policies in force") as step:
        step.seen = f"{founding.agree()} agreements, policies {founding.activate_policy()[:16]}…"
    with story.step("Certificates are issued; the hub starts, then the nodes") as step:
        founding.certify()
        stage.build()
        set_up(stage)
        stage.start_hub()
        stage.launch(*FIRST)
        stage.ready(*FIRST)
        rest = [who.alias for who in CAST if who.alias not in FIRST]
        stage.launch(*rest)
        step.seen = f"{len(stage.processes.pids())} processes on the loopback, mutual TLS 1.3"


def _stop(number: int, frame: FrameType | None) -> NoReturn:
    del number, frame
    raise KeyboardInterrupt
