"""The demonstration: real processes on this machine, driven by the public commands and the public API only.

Read cast, ceremony, processes, story, the chapters, menu, in that order.
"""
