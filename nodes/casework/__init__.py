"""What a message means for the people of a contact point: it reads what the gateway stored and decides nothing.

Read the pure part of each concern first (facts in, answer out), then the shell that feeds it. The gateway works
without this package.
"""
