"""All vectors, kind by kind. Append within a kind: numbers are names that others may have written down."""

from tests.make_vectors import cbor_cases, core_cases
from tests.make_vectors.anchor_cases import anchor_cases
from tests.make_vectors.attached_cases import attached_cases
from tests.make_vectors.bundle_cases import bundle_cases
from tests.make_vectors.case import Case
from tests.make_vectors.cast import Cast
from tests.make_vectors.charter_cases import charter_cases
from tests.make_vectors.directory_cases import directory_cases
from tests.make_vectors.document_cases import document_cases, opened_document_cases
from tests.make_vectors.erasure_cases import erasure_cases
from tests.make_vectors.evidence_cases import evidence_cases, hold_note_cases, mailbox_cases, token_cases
from tests.make_vectors.fold_cases import fold_cases
from tests.make_vectors.further_cases import further_cases
from tests.make_vectors.keystore_cases import keystore_cases
from tests.make_vectors.later_cases import later_cases
from tests.make_vectors.log_cases import checkpoint_cases, consistency_cases, inclusion_cases
from tests.make_vectors.mandate_cases import mandate_cases
from tests.make_vectors.message_cases import envelope_cases, rows_cases
from tests.make_vectors.opening_cases import delivery_cases
from tests.make_vectors.order_cases import order_cases
from tests.make_vectors.scope_cases import scope_cases
from tests.make_vectors.sealed_cases import floe_cases, padding_cases, wrap_cases
from tests.make_vectors.statement_cases import statement_cases
from tests.make_vectors.transfer_cases import (
    disclosure_cases,
    part_list_cases,
    report_cases,
    upload_cases,
    void_cases,
)
from tests.make_vectors.unserved_cases import unserved_cases
from tests.make_vectors.witness_cases import witness_cases

KINDS = (
    cbor_cases.cases,
    core_cases.cases,
    rows_cases,
    envelope_cases,
    delivery_cases,
    statement_cases,
    charter_cases,
    evidence_cases,
    token_cases,
    mailbox_cases,
    floe_cases,
    wrap_cases,
    padding_cases,
    inclusion_cases,
    consistency_cases,
    checkpoint_cases,
    keystore_cases,
    disclosure_cases,
    report_cases,
    part_list_cases,
    upload_cases,
    void_cases,
    attached_cases,
    directory_cases,
    document_cases,
    opened_document_cases,
    further_cases,
    later_cases,
    order_cases,
    scope_cases,
    fold_cases,
    hold_note_cases,
    witness_cases,
    anchor_cases,
    erasure_cases,
    mandate_cases,
    bundle_cases,
    unserved_cases,
)


def all_cases(cast: Cast) -> list[Case]:
    return [case for make in KINDS for case in make(cast)]
