"""A message with its log, and what its recipient can disclose of it."""

from dataclasses import dataclass, field

from protocol.disclosure import Disclosure, LogProof, Source, disclose
from protocol.envelope import Envelope
from protocol.leaf import Leaf, LeafKind, encode_leaf
from protocol.report import PartOpening, Report, open_part
from protocol.stages import Opened
from tests.simulators.party import NOW, Party, deliver, send
from tests.simulators.small_log import SmallLog

BODY = tuple((f"/field{number}", f"value {number}") for number in range(6))


@dataclass
class Disclosing:
    """Skopje wrote to Belgrade, Belgrade opened it, and the hub logged it as the first of two leaves."""

    sender: Party = field(default_factory=lambda: Party("mk.ilecu"))
    reader: Party = field(default_factory=lambda: Party("rs.ilecu"))
    log: SmallLog = field(default_factory=SmallLog)
    changes: dict[str, object] = field(default_factory=dict)
    envelope: Envelope = field(init=False)
    opened: Opened = field(init=False)

    def __post_init__(self) -> None:
        self.envelope = send(self.sender, self.reader, **({"body": BODY} | self.changes))
        self.opened = self.reader.opens(deliver(self.envelope, self.reader), self.sender)

    def source(self, part: str = "body") -> Source:
        rows = self.opened.body if part == "body" else self.opened.identity
        assert rows is not None
        return Source(self.envelope.signed, part, rows)

    def disclosure(self, *paths: str, logged: bool = False) -> Disclosure:
        return disclose(self.source(), paths or ("/field1", "/field4"), self.proof() if logged else None)

    def proof(self, **changes: object) -> LogProof:
        fields: dict[str, object] = {"kind": LeafKind.MESSAGE, "digest": self.envelope.id}
        leaf = Leaf(**fields | changes, time=NOW, directory_size=7, directory_root=b"r" * 32)  # type: ignore[arg-type]
        index = self.log.append(encode_leaf(leaf))
        return LogProof(self.log.inclusion(index), self.log.checkpoint())

    def opening(self, part: str = "body", *, key: bytes | None = None) -> PartOpening:
        keys = dict(self.opened.part_keys)
        names = [each.name for each in self.envelope.manifest.parts if each.inline]
        content = self.envelope.contents[names.index(part)]
        return open_part(self.envelope.signed, part, (content, key or keys[part]), self.proof())

    def report(self, shown: Disclosure | PartOpening) -> Report:
        return Report(reporter=self.reader.node, at=NOW, ground="purpose", shown=shown)
