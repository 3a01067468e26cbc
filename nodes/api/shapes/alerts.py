"""Alerts of urgent items: in counts and times, without a word of what they are about."""

from typing import NotRequired, TypedDict

from nodes.api.shapes.common import At, Code, Count, Words


class WaitingAlert(TypedDict):
    """An urgent item that nobody has taken; ``loud`` once it went beyond the roster."""

    raised_at: At
    life: bool
    told: Count
    loud: bool


class ChannelState(TypedDict):
    """A channel of the settings and how it did last; ``code`` is null when it took the alert."""

    channel: str
    tried_at: At | None
    code: Code | None


class AlertState(TypedDict):
    """How the alerts of this node stand."""

    now: At
    waiting: list[WaitingAlert]
    channels: list[ChannelState]


class TestedChannel(TypedDict):
    """What became of a test over one channel, and what to do where it did not work."""

    channel: str
    taken: bool
    code: NotRequired[Code]
    sentence: NotRequired[Words]
    remedy: NotRequired[Words]


class TestResult(TypedDict):
    """What became of a test, channel by channel."""

    channels: list[TestedChannel]
