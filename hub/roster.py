"""Who may do what right now: directory, loaded policies and tokens as one snapshot that is swapped whole."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, select

from hub.admission import AdmissionView
from hub.schema import TOKEN
from keys.directory import Directory
from policies.model import PolicySet
from protocol.ids import NodeId, PolicyDigest, Reference
from protocol.records import ConsentToken
from protocol.tokens import Token, TokenKind


class TokenBook:
    """Consents and approvals by reference. ``version`` counts changes, so that a verdict can tell it is outdated."""

    def __init__(self) -> None:
        self.consents: dict[Reference, ConsentToken] = {}
        self.approvals: dict[Reference, ConsentToken] = {}
        self.version = 0

    def load(self, connection: Connection, now: int) -> None:
        """Take what was said about every reference that has not expired, in log order.

        A withdrawal counts whatever expiry it carries: only what it ends can expire.
        """
        given = TOKEN.c.kind.in_((int(TokenKind.CONSENT), int(TokenKind.APPROVAL)))
        open_ones = select(TOKEN.c.reference).where(given, TOKEN.c.expires_at > now)
        query = select(TOKEN).where(TOKEN.c.reference.in_(open_ones)).order_by(TOKEN.c.leaf)
        for row in connection.execute(query):
            self.put(
                Token(
                    TokenKind(row.kind),
                    Reference(bytes(row.reference)),
                    NodeId(row.holder),
                    NodeId(row.sender),
                    NodeId(row.recipient),
                    row.expires_at,
                )
            )

    def put(self, token: Token) -> None:
        """Take a logged token: it gives its reference a meaning, or ends it."""
        withdrawn = token.kind in (TokenKind.CONSENT_WITHDRAWN, TokenKind.APPROVAL_WITHDRAWN)
        consent = token.kind in (TokenKind.CONSENT, TokenKind.CONSENT_WITHDRAWN)
        book = self.consents if consent else self.approvals
        named = (token.reference, token.holder, token.sender, token.recipient)
        book[token.reference] = ConsentToken(*named, token.expires_at, withdrawn)
        self.version += 1

    def drop_expired(self, now: int) -> None:
        """Forget what no message can refer to any more; called in the writer's thread, where tokens are put."""
        self.consents = {key: token for key, token in self.consents.items() if token.expires_at > now}
        self.approvals = {key: token for key, token in self.approvals.items() if token.expires_at > now}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The state under which the hub decides. ``entered`` is the hub's time of each directory entry, by index."""

    directory: Directory
    entered: tuple[int, ...]
    policies: Mapping[PolicyDigest, PolicySet]
    tokens: TokenBook = field(default_factory=TokenBook)

    @property
    def version(self) -> tuple[int, int]:
        """What changes whenever a verdict might."""
        return self.directory.size, self.tokens.version

    def view(self, now: int) -> AdmissionView:
        """Return what admission looks at."""
        return AdmissionView(
            directory=self.directory,
            policies=self.policies,
            entered=self.entered,
            now=now,
            tokens=self.tokens.consents,
            approvals=self.tokens.approvals,
        )


class Roster:
    """Holds the current snapshot. Swapping is one assignment, so a reader has the old one or the new one."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._current = snapshot

    @property
    def current(self) -> Snapshot:
        """The snapshot in force."""
        return self._current

    def swap(self, snapshot: Snapshot) -> None:
        """Put a new snapshot in force; a directory never shrinks."""
        if snapshot.directory.size < self._current.directory.size:
            raise RuntimeError("a directory never shrinks")
        self._current = snapshot

    def caller(self, pin: bytes | None) -> NodeId | None:
        """Return the node that connects with this TLS key, None for a stranger."""
        return None if pin is None else self._current.directory.node_by_tls_pin(pin)


def grown(snapshot: Snapshot, entries: Iterable[bytes], now: int) -> Snapshot:
    """Return the snapshot with directory entries folded on; raises what the fold refuses. Policies stay as they are."""
    added = tuple(entries)
    directory = snapshot.directory.extend(added)
    return Snapshot(directory, snapshot.entered + (now,) * len(added), snapshot.policies, snapshot.tokens)
