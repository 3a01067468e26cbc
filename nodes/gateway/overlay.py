"""A node's own rules over one channel: they may only deny or hold, whatever the network's policy allows.

The file lies over every policy bundle that this node judges by. Where it does not fit a bundle, nothing of its channel
passes: a rule that a country wants is never silently left out.
"""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from nodes.gateway.bundles import Bundle
from policies.errors import PolicyError
from policies.model import PolicySet
from policies.parse import overlay_channel, parse_overlay
from protocol.decision import Decision, Finding
from protocol.ids import Channel, PolicyDigest
from runtime.operator import OperatorError

MARK: Final = "overlay"
"""Parameter of a finding whose rule stands in the overlay; its value is the beginning of the file's SHA-256."""
_SHOWN: Final = 12  # hex digits of a digest for people
_KEPT: Final = 16  # bundles whose overlaid rules are kept; a network has two at a time
_LIMIT: Final = 1 << 20  # bytes of an overlay file


@dataclass(frozen=True, slots=True)
class Overlaid:
    """The rules of one bundle with those of the overlay, and the ids that the overlay added."""

    policies: PolicySet
    own: frozenset[str]


class Overlay:
    """One overlay file, laid over bundles as they come."""

    def __init__(self, path: Path, raw: bytes, channel: Channel) -> None:
        self.path: Final = path
        self.channel: Final = channel
        self.digest: Final = hashlib.sha256(raw).digest()
        self._raw: Final = raw
        self._laid: dict[PolicyDigest, Overlaid | None] = {}

    @property
    def mark(self) -> str:
        """The beginning of the file's digest, as findings and people name it."""
        return self.digest.hex()[:_SHOWN]

    def over(self, bundle: Bundle) -> Overlaid | None:
        """Return the bundle's rules with the own ones added; None where the file does not fit the bundle."""
        if bundle.digest not in self._laid:
            if len(self._laid) >= _KEPT:
                self._laid.clear()
            try:
                self._laid[bundle.digest] = self._lay(bundle)
            except PolicyError:
                self._laid[bundle.digest] = None
        return self._laid[bundle.digest]

    def check(self, bundle: Bundle) -> None:
        """Raise ``OperatorError`` naming file, line and remedy unless the file fits the bundle."""
        try:
            self._lay(bundle)
        except PolicyError as error:
            raise _refused(self.path, error) from error

    def marked(self, decision: Decision, own: frozenset[str]) -> Decision:
        """Return the decision with the findings of own rules marked; nothing else changes."""
        return replace(decision, findings=tuple(self._marked(each, own) for each in decision.findings))

    def _marked(self, finding: Finding, own: frozenset[str]) -> Finding:
        if finding.rule not in own:
            return finding
        return replace(finding, parameters=(*finding.parameters, (MARK, self.mark)))

    def _lay(self, bundle: Bundle) -> Overlaid:
        laid = parse_overlay(str(self.path), self._raw, bundle.policies)
        return Overlaid(laid, _ids(laid, self.channel) - _ids(bundle.policies, self.channel))


def load_overlay(path: Path) -> Overlay:
    """Return the overlay in a file. ``OperatorError`` names the file when it cannot be read or is no overlay."""
    try:
        raw = path.read_bytes()
    except OSError as err:
        raise OperatorError(
            "OVERLAY",
            f"The overlay {path} cannot be read ({err.strerror})",
            "A node never starts without the rules its operator set",
            "Correct `overlay` in the settings, or restore the file",
        ) from err
    if len(raw) > _LIMIT:
        raise OperatorError(
            "OVERLAY",
            f"The overlay {path} is larger than {_LIMIT} bytes",
            "An overlay is a short list of rules",
            "Check that `overlay` in the settings names the right file",
        )
    try:
        return Overlay(path, raw, overlay_channel(str(path), raw))
    except PolicyError as error:
        raise _refused(path, error) from error


def mark_of(finding: Finding) -> str | None:
    """Return which overlay a finding's rule stands in, None for a rule of the network."""
    return dict(finding.parameters).get(MARK)


def _ids(policies: PolicySet, channel: Channel) -> frozenset[str]:
    return frozenset(each.id for each in policies.channels[channel].rules())


def _refused(path: Path, error: PolicyError) -> OperatorError:
    first = error.problems[0]
    return OperatorError(
        "OVERLAY",
        f"The overlay {path}, line {first.line}: {first.what}",
        "A node never starts without the rules its operator set, and an overlay may only deny or hold",
        first.remedy,
    )
