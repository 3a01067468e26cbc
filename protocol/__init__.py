"""Bytes and proofs: what stands on the wire and how it is proved, without any input or output.

Read the encoding first, then the envelope and its sealing, then the evidence and the log arithmetic that
anchors it, and the message catalogue last.
"""
