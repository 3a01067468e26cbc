import hashlib

import pytest

from protocol.catalogue.bundle import assemble, bundle_digest, bundle_manifest, parse_manifest
from protocol.cbor import encode
from protocol.errors import Code, Fault
from protocol.limits import MAX_BUNDLE_FILE, MAX_BUNDLE_FILES
from runtime.package_data import read_policy_files

FILES = {"policies/police.yaml": b"rules", "catalogue/codes/handling.json": b"{}", "policies/texts/sr-Latn.yaml": b"x"}


def blobs(files: dict[str, bytes]) -> dict[bytes, bytes]:
    return {hashlib.sha256(raw).digest(): raw for raw in files.values()}


def test_a_bundle_comes_back_whole() -> None:
    manifest = bundle_manifest(FILES)
    assert assemble(manifest, blobs(FILES) | {b"other": b"file"}) == FILES
    assert [path for path, _ in parse_manifest(manifest)] == sorted(FILES)


def test_the_digest_is_that_of_the_manifest_whatever_the_order() -> None:
    manifest = bundle_manifest(dict(reversed(FILES.items())))
    assert manifest == bundle_manifest(FILES)
    assert bundle_digest(manifest) == hashlib.sha256(manifest).digest()


def test_every_byte_of_every_file_counts() -> None:
    digests = {bundle_digest(bundle_manifest(FILES | {path: FILES[path] + b" "})) for path in FILES}
    digests |= {
        bundle_digest(bundle_manifest({**FILES, "policies/cso.yaml": b""})),
        bundle_digest(bundle_manifest(FILES)),
    }
    assert len(digests) == len(FILES) + 2


def test_the_files_of_this_release_are_one_bundle(files: dict[str, bytes]) -> None:
    everything = files | read_policy_files()
    assert assemble(bundle_manifest(everything), blobs(everything)) == everything


def refused(code: Code, manifest: bytes, held: dict[bytes, bytes]) -> None:
    with pytest.raises(Fault) as caught:
        assemble(manifest, held)
    assert caught.value.code is code


def test_a_missing_file_is_named_missing() -> None:
    refused(Code.PART_MISSING, bundle_manifest(FILES), {})


def test_another_file_under_the_digest_is_seen() -> None:
    held = blobs(FILES)
    held[hashlib.sha256(b"rules").digest()] = b"other rules"
    refused(Code.BODY_HASH, bundle_manifest(FILES), held)


def test_a_file_that_is_too_large_is_refused_on_both_sides() -> None:
    large = b" " * (MAX_BUNDLE_FILE + 1)
    with pytest.raises(Fault) as caught:
        bundle_manifest({"policies/police.yaml": large})
    assert caught.value.code is Code.TOO_LARGE
    digest = hashlib.sha256(large).digest()
    refused(Code.TOO_LARGE, encode([["policies/police.yaml", digest]]), {digest: large})


@pytest.mark.parametrize(
    "path",
    [
        "police.yaml",
        "/policies/police.yaml",
        "policies/../police.yaml",
        "policies//police.yaml",
        "policies/.yaml",
        "policies/police.py",
        "policies\\police.yaml",
        "Policies/police.yaml",
        "policies/po lice.yaml",
        "policies/police.yaml\n",
        "policies/" + "x" * 200 + ".yaml",
    ],
)
def test_only_plain_relative_paths_are_named(path: str) -> None:
    with pytest.raises(Fault) as caught:
        bundle_manifest({path: b""})
    assert caught.value.code is Code.MALFORMED


@pytest.mark.parametrize(
    "item",
    [
        [],
        [["policies/police.yaml", b"short"]],
        [["policies/police.yaml", bytes(32), 1]],
        [[7, bytes(32)]],
        [["policies/police.yaml", bytes(32)]] * 2,
        [["policies/police.yaml", bytes(32)], ["policies/cso.yaml", bytes(32)]],
        [[f"policies/p{number:05}.yaml", bytes(32)] for number in range(MAX_BUNDLE_FILES + 1)],
        {1: 2},
    ],
)
def test_other_manifests_are_malformed(item: object) -> None:
    refused(Code.MALFORMED, encode(item), {})  # type: ignore[arg-type]


def test_a_manifest_is_canonical() -> None:
    manifest = bundle_manifest(FILES)
    assert encode([[path, digest] for path, digest in parse_manifest(manifest)]) == manifest
