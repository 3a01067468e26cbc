"""The command line of a node: set it up, run it, and talk to a running one over its API.

Read the registry and the client first; every command is one call and its words.
"""
