"""One or more valid encodings of every object that docs/wire.md describes, each with the parser that reads it."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from keys.exchange_files import draft, encode_party, encode_statements, parse_party, parse_statements, party_of
from keys.personal import Act, ActKind, parse_act
from keys.private_keys import Role, Secrets, encode_secrets, parse_secrets
from keys.sealed_store import parse_sealed
from keys.shared_copy import parse_copy, seal_copy, share_out
from protocol import domains
from protocol.anchor import Anchor, AnchorKind, encode_anchor, parse_anchor
from protocol.api import parse_problem
from protocol.audit import (
    CodeCount,
    Record,
    RecordPage,
    Refusals,
    RuleCount,
    encode_found,
    encode_refusals,
    parse_found,
    parse_refusals,
)
from protocol.audit import encode_page as encode_records
from protocol.audit import parse_page as parse_records
from protocol.catalogue.bundle import bundle_manifest
from protocol.catalogue.bundle import parse_manifest as parse_bundle
from protocol.catalogue.rows import unflatten
from protocol.cbor import Item, Tagged, decode, encode
from protocol.core import parse_core
from protocol.cose import ed25519_kid, verify
from protocol.cose import parse as parse_signed
from protocol.decision import Verdict, parse_decision
from protocol.disclosure import LogProof, Source, disclose, encode_disclosure, parse_disclosure
from protocol.envelope import parse_delivery, parse_envelope, parse_manifest
from protocol.erasure import Erasure, encode_erasure, parse_erasure
from protocol.evidence import parse_inclusion, parse_receipt, verify_acceptance
from protocol.evidence_bundle import parse_evidence_bundle
from protocol.fields import Row, parse_rows
from protocol.hub_acts import (
    Drain,
    Ground,
    HubAct,
    Operators,
    Purge,
    Retention,
    encode_act,
    encode_signatures,
    parse_signatures,
    sign_act,
)
from protocol.hub_acts import parse_act as parse_hub_act
from protocol.ids import Channel, MessageId, NodeId, Reference
from protocol.leaf import Leaf, LeafKind, encode_leaf, parse_leaf, payload_digest
from protocol.limits import MAX_OBJECT
from protocol.mailbox import parse_page
from protocol.parts import PartListBuilder, parse_part_list, verify_part_list
from protocol.receipt_batch import LoggedBatch, encode_logged_batch, encode_receipts, parse_logged_batch, parse_receipts
from protocol.report import Report, open_part, parse_report, sign_report
from protocol.statements import encode_statement, parse_entry, parse_payload
from protocol.tokens import parse_token
from protocol.unserved import Unserved, encode_unserved_evidence, parse_unserved, verify_unserved
from protocol.uploads import HeldParts, UploadState, encode_upload, parse_upload
from protocol.voids import Void, VoidReason, parse_void, sign_void
from protocol.wrap import parse_wrap
from tests.simulators.bundles import usual
from tests.simulators.network import TestNetwork, identity_of, identity_seeds_of
from tests.simulators.party import NOW, CountingEntropy
from tests.simulators.small_log import ORIGIN, SmallLog
from tests.simulators.statements import KEYS, NETWORK_BODIES, NODE, NODE_BODIES
from tests.wire_example.book import stored_values
from tests.wire_example.parties import HUB, HUB_LOG, NETWORK

Parse = Callable[[bytes], object]


@dataclass(frozen=True, slots=True)
class Sample:
    """A rule of the page, bytes of it, and what reads them; ``fixed`` where any change breaks a digest or signature."""

    rule: str
    raw: bytes
    parse: Parse
    fixed: bool = False


def all_samples() -> list[Sample]:
    """Return every sample."""
    values = stored_values()
    return [*_message(values), *_evidence(values), *_parts(values), *_directory(values), *_local(values)]


def unsigned(payload: bytes) -> bytes:
    """Return a COSE_Sign of the right shape whose signatures are nobody's."""
    header = [encode({1: algorithm, 4: bytes(32)}) for algorithm in (-19, -49)]
    return encode(Tagged(98, [b"", {}, payload, [[each, {}, b"s"] for each in header]]))


def _payload(parse: Parse) -> Parse:
    return lambda raw: parse(unsigned(raw))


def _item(parse: Callable[[Item], object]) -> Parse:
    return lambda raw: parse(decode(raw))


def _then(first: Callable[[bytes], object], *rest: Callable[[object], object]) -> Parse:
    def parse(raw: bytes) -> object:
        found = first(raw)
        for each in rest:
            each(found)
        return found

    return parse


def _check_values(rows: object) -> None:
    for row in rows:  # type: ignore[attr-defined]  # rows of a part or of a disclosure
        if isinstance(row, Row):
            unflatten([("/x", row.value)])


def _message(values: dict[str, bytes]) -> list[Sample]:
    origin = f"{NETWORK.hex()}/messages"
    message = MessageId(values["message.id"])
    rows = _then(parse_rows, _check_values)
    return [
        Sample("core", values["core"], parse_core),
        Sample("manifest", values["message.payload"], parse_manifest),
        Sample("signed", values["message.signed"], lambda raw: parse_signed(raw, MAX_OBJECT)),
        Sample("envelope", values["envelope"], parse_envelope, fixed=True),
        Sample("delivery", values["kuca.delivery"], parse_delivery, fixed=True),
        Sample("wrap", values["kuca.wrap"], parse_wrap),
        Sample("rows", values["body.rows"], rows),
        Sample("rows", encode([[bytes(16), "/a", None], [b"b" * 16, "/b", {}], [b"c" * 16, "/c", []]]), rows),
        Sample("leaf", values["log.entry.3"], parse_leaf),
        Sample("inclusion", values["inclusion"], _item(parse_inclusion)),
        Sample(
            "acceptance",
            values["acceptance"],
            lambda raw: verify_acceptance(raw, message, origin, HUB_LOG.keys),
            fixed=True,
        ),
    ]


def _evidence(values: dict[str, bytes]) -> list[Sample]:
    page = _then(parse_page, lambda found: parse_signed(found.head, MAX_OBJECT))  # type: ignore[attr-defined]
    receipts = _then(parse_receipts, lambda found: [parse_signed(each, MAX_OBJECT) for each in found])  # type: ignore[attr-defined]
    void = Void(
        sender=NODE, recipient=NodeId("mk.contact"), channel=Channel("cso"), sequence=3, reason=VoidReason.UNUSED
    )
    act = Act(kind=ActKind.ISSUE, node=NODE, person=Reference(bytes(16)), role="issuer", draft=bytes(32), time=NOW)
    acted = encode([str(act.kind), act.node, act.person, act.role, act.draft, act.time])
    voided = parse_signed(sign_void(void, identity_of("rs.contact"), NETWORK), MAX_OBJECT).payload
    gone = Erasure(node=NODE, at=NOW, ground="erase-by", by="node", epoch=2, items=1, ids=(bytes(32),))
    anchor = Anchor(AnchorKind.PROCESSING_LOG, NODE, 4_711, bytes(range(32)))
    head = parse_signed(values["head.signed"], MAX_OBJECT)
    told, checkpoint = (MessageId(bytes(32)), MessageId(bytes(31) + b"1")), parse_page(values["page"]).checkpoint
    inclusion = parse_inclusion(decode(values["inclusion"]))
    logged = encode_logged_batch(LoggedBatch(tuple((each, inclusion) for each in told), checkpoint))
    problem = _then(parse_problem, lambda found: parse_decision(found.decision or encode(None)))  # type: ignore[attr-defined]
    return [
        Sample("page", values["page"], page),
        Sample(
            "head",
            head.payload,
            lambda raw: verify(replace(head, payload=raw), HUB.public, domains.MAILBOX, NETWORK),
            fixed=True,
        ),
        Sample("receipt", values["receipt.payload"], _payload(parse_receipt)),
        Sample("receipts", encode_receipts([values["receipt.signed"]] * 2), receipts),
        Sample("logged-receipts", logged, parse_logged_batch),
        Sample("logged-receipts", encode_logged_batch(LoggedBatch((), b"checkpoint")), parse_logged_batch),
        Sample("void", voided, _payload(parse_void)),
        Sample("token", values["token.payload"], _payload(parse_token)),
        Sample("anchor", encode_anchor(anchor), _payload(parse_anchor)),
        *_unserved(),
        Sample("erasure", encode_erasure(gone), _payload(parse_erasure)),
        *_of_auditors(),
        Sample("act", acted, _payload(parse_act)),
        Sample("problem", values["problem"], problem),
        Sample("decision", values["decision"], parse_decision),
    ]


def _unserved() -> list[Sample]:
    message = MessageId(bytes(32))
    record, log = Unserved(message, NODE, Channel("police"), 17, NOW), SmallLog()
    log.append(encode_leaf(Leaf(LeafKind.UNSERVED, payload_digest(record.encode()), NOW, 1, bytes(32))))
    raw = encode_unserved_evidence(record, log.inclusion(0), log.checkpoint())
    return [
        Sample("unserved", record.encode(), parse_unserved),
        Sample("unserved-evidence", raw, lambda raw: verify_unserved(raw, message, ORIGIN, log.keys), fixed=True),
    ]


def _of_auditors() -> list[Sample]:
    people = sorted((identity_of(f"operator {n}").public for n in range(2)), key=lambda each: ed25519_kid(each.ed25519))
    subjects = (Operators(tuple(people)), Retention(1_095, 90, 30), Purge((MessageId(bytes(32)),)), Drain(on=True))
    acts = [HubAct(each, NOW, Reference(bytes(16)), Ground.LEGAL_ORDER) for each in subjects]
    both = encode_signatures([sign_act(acts[3], identity_of(f"operator {n}"), NETWORK) for n in range(2)])
    rules = RuleCount(20_000, NODE, Channel("police"), "police.x", "Article 4", Verdict.DENY, 2)
    counts = Refusals((rules,), (CodeCount(20_000, NODE, "POLICY_DENIED", 2),))
    records = (Record(3, b"a"), Record(4, b"b"))
    return [
        *(Sample("hub-act", encode_act(each), _payload(parse_hub_act)) for each in acts),
        Sample("act-signatures", both, parse_signatures, fixed=True),
        Sample("record-page", encode_records(RecordPage(9, records)), parse_records),
        Sample("found-records", encode_found(records), parse_found),
        Sample("refusals", encode_refusals(counts), parse_refusals),
    ]


def _parts(values: dict[str, bytes]) -> list[Sample]:
    builder = PartListBuilder()
    builder.update(bytes(9 << 20))
    state = UploadState(NOW, (HeldParts("att-00", True, 9, b"\x05\x01"), HeldParts("att-07", False, 1, b"\x00")))
    signed = parse_signed(values["message.signed"], MAX_OBJECT)
    logged = LogProof(parse_inclusion(decode(values["inclusion"])), values["checkpoint"])
    rows = parse_rows(values["body.rows"])
    shown = disclose(Source(signed, "body", rows), ["/summary", "/needs/0"], logged)
    opening = open_part(signed, "body", (values["body.ciphertext"], values["body.part-key"]), logged)
    about = [Report(reporter=NODE, at=NOW, ground="retaliation", shown=each) for each in (shown, opening)]
    reports = [parse_signed(sign_report(each, identity_of("rs.contact"), NETWORK), 1 << 21).payload for each in about]
    disclosure = _then(parse_disclosure, lambda found: _check_values(found.slots))  # type: ignore[attr-defined]
    report = _then(_payload(parse_report), lambda found: _check_shown(found.report.shown))  # type: ignore[attr-defined]
    listed = _then(parse_part_list, lambda found: verify_part_list(found, found.part))  # type: ignore[attr-defined]
    return [
        Sample("part-list", builder.finish("att-03").encode(), listed),
        Sample("upload", encode_upload(state), parse_upload),
        Sample("disclosure", encode_disclosure(shown), disclosure),
        *(Sample("report", each, report) for each in reports),
        *_bundles(),
    ]


def _bundles() -> list[Sample]:
    case = usual()
    case.said[0].sealed = True
    return [Sample("evidence-file", case.raw(), parse_evidence_bundle, fixed=True)]


def _check_shown(shown: object) -> None:
    _check_values(getattr(shown, "slots", ()))


def _directory(values: dict[str, bytes]) -> list[Sample]:
    network = TestNetwork.founded(lambda: NOW, CountingEntropy())
    bodies = (network.charter, *NODE_BODIES, *NETWORK_BODIES)
    payloads = [encode_statement(each) for each in bodies]
    bundle = bundle_manifest({"catalogue/schemas/MT-01.json": b"{}", "policies/police.yaml": b"x"})
    secrets = Secrets(role=Role.NODE, name=str(NODE), identity=identity_seeds_of(str(NODE)))
    party = encode_party(party_of(secrets))
    file = draft(NETWORK, KEYS, *NETWORK_BODIES).sign(identity_of("rs.contact"))
    return [
        *(Sample("statement", each, parse_payload) for each in payloads),
        Sample("entry", network.charter_entry, parse_entry),
        Sample("entry", values["directory.entry.6"], parse_entry),
        Sample("bundle", bundle, parse_bundle),
        Sample("party-file", party, parse_party),
        Sample("statement-file", encode_statements(file), parse_statements),
    ]


def _local(values: dict[str, bytes]) -> list[Sample]:
    secrets = Secrets(role=Role.REGISTRAR, name="Registrar 2", identity=identity_seeds_of("second registrar"))
    shared, shares = share_out(secrets, 2, 3, CountingEntropy())
    digest = [
        "xb/1 share",
        *(shares[0].set_id, shares[0].threshold, shares[0].total, shares[0].index, shares[0].value),
    ]
    return [
        Sample("keystore", values["keystore"], parse_sealed, fixed=True),
        Sample("secrets", values["keystore.secrets"], parse_secrets),
        Sample("secrets", encode_secrets(shared), parse_secrets),
        Sample("shared-keystore", seal_copy(shared, CountingEntropy()), parse_copy, fixed=True),
        Sample("share-digest", encode(digest), decode, fixed=True),
    ]
