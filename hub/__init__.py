"""The store-and-forward service: admits sealed messages, logs them, keeps them until they are fetched.

Read the admission first (what is refused and why), then the log and the store with their one transaction,
then delivery; the composition root comes last.
"""
