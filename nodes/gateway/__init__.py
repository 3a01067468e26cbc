"""The way of a message at a node: compose, clear, seal, submit; fetch, open, recheck, store, give evidence.

Read the gate first (the verdicts), then sending, then receiving. It works without casework and desk.
"""
