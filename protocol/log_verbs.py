"""The verbs of the two logs: checkpoints, what witnesses bring, entries, proofs and tiles.

Bytes: docs/wire.md section 8.3.
"""

from typing import Final

from protocol.errors import Code
from protocol.limits import MAX_COSIGNATURE
from protocol.verb import ANY, Verb

LOG_VERBS: Final = (
    Verb(
        "checkpoint",
        "GET",
        "/v1/logs/{log}/checkpoint",
        "nothing",
        "checkpoint (text, C2SP)",
        0,
        (*ANY, Code.NOT_FOUND),
    ),
    Verb(
        "offer",
        "GET",
        "/v1/logs/{log}/offer?after={size}&wait={seconds}",
        "nothing",
        "checkpoint (text, C2SP) that witnesses are asked to cosign; waits up to `wait` seconds for one above `size`",
        0,
        (*ANY, Code.NOT_PERMITTED, Code.NOT_FOUND),
    ),
    Verb(
        "cosign",
        "PUT",
        "/v1/logs/{log}/cosignatures/{size}",
        "the lines of a witness (text, C2SP) under the checkpoint of that size",
        "nothing; 204",
        MAX_COSIGNATURE,
        (
            *ANY,
            Code.TOO_LARGE,
            Code.NOT_PERMITTED,
            Code.NOT_FOUND,
            Code.BAD_CHECKPOINT,
            Code.BAD_COSIGNATURE,
            Code.DISK_FULL,
        ),
    ),
    Verb(
        "witnessed",
        "GET",
        "/v1/logs/{log}/witnessed?after={size}",
        "nothing",
        "the smallest witnessed checkpoint (text, C2SP) above `size`; without `after` the newest",
        0,
        (*ANY, Code.NOT_FOUND),
    ),
    Verb(
        "entries",
        "GET",
        "/v1/logs/{log}/entries?start={index}&end={index}",
        "nothing",
        "array of entries [start, end); the message log only to auditors and witnesses",
        0,
        (*ANY, Code.NOT_PERMITTED, Code.NOT_FOUND),
    ),
    Verb(
        "inclusion",
        "GET",
        "/v1/logs/{log}/inclusion?index={index}&size={size}",
        "nothing",
        "array of hashes",
        0,
        (*ANY, Code.NOT_FOUND, Code.ROOT_MISMATCH),
    ),
    Verb(
        "consistency",
        "GET",
        "/v1/logs/{log}/consistency?first={size}&second={size}",
        "nothing",
        "array of hashes",
        0,
        (*ANY, Code.NOT_FOUND, Code.ROOT_MISMATCH),
    ),
    Verb(
        "tile",
        "GET",
        "/v1/logs/{log}/tile/{tile}",
        "nothing",
        "tile of hashes, or with `entries` a bundle (C2SP tlog-tiles); bundles of messages as `entries` are shown",
        0,
        (*ANY, Code.NOT_PERMITTED, Code.NOT_FOUND, Code.ROOT_MISMATCH),
    ),
)
