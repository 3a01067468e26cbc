"""docs/alerts.md: its settings are taken as they stand, its figures are the defaults, its line is what is sent."""

import json
import re
from pathlib import Path
from typing import Any

from nodes.casework.alert_channels import Call
from nodes.casework.alert_round import channels_of
from nodes.config import AlertSettings
from runtime.settings import parse

PAGE = Path(__file__).parents[2] / "docs" / "alerts.md"
TEXT = PAGE.read_text(encoding="utf-8")


def block(kind: str) -> str:
    [found] = re.findall(rf"```{kind}\n(.*?)```", TEXT, re.DOTALL)
    return str(found)


def settings() -> AlertSettings:
    raw = block("toml").replace("[alerts]\n", "").replace("[alerts.", "[").encode()
    return parse(raw, AlertSettings, PAGE)


def test_the_settings_of_the_page_are_taken_and_switch_every_channel_on() -> None:
    found = settings()
    assert [each.name for each in channels_of(found)] == ["mail", "pager", "post"]
    assert found.mail is not None
    assert found.mail.authority == PAGE.parent / "mail-authority.pem"
    assert channels_of(AlertSettings()) == ()


def test_the_figures_of_the_page_are_the_defaults() -> None:
    found, usual = settings(), AlertSettings()
    for name in ("escalate_minutes", "life_minutes", "hub_silent_minutes", "text"):
        assert getattr(found, name) == getattr(usual, name), name
    assert f"after {usual.escalate_minutes} minutes, after {usual.life_minutes} where" in " ".join(TEXT.split())
    assert f"silent for {usual.hub_silent_minutes} minutes" in TEXT


def test_the_line_of_the_page_is_what_programs_get() -> None:
    found = settings()
    shown: dict[str, Any] = json.loads(block("json"))
    assert shown == Call(found.text, found.name, test=False, at=0).fields()
