"""`python -m tests.stories`: tell all stories and write the list of them beside the policies."""

import os
import sys
import tempfile
from pathlib import Path

from tests.stories.record import FILE, record, write
from tests.stories.teller import Teller
from tests.stories.town import run_town
from tests.stories.whole import tell_after, tell_changed, tell_shipped


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        os.environ["XDG_STATE_HOME"] = folder
        with run_town(Path(folder) / "run") as town:
            teller = Teller(town)
            for tell in (tell_shipped, tell_changed, tell_after):
                tell(teller)
    found = record(teller.seen)
    write(found)
    sys.stdout.write(f"{len(found)} rules stand in {FILE.name}.\n")


if __name__ == "__main__":
    main()
