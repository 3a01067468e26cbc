"""What both services share: settings, clock, database, logging and metrics, HTTP scaffolding.

Read settings and clock first, then database (with writer and commits behind it) and http. Nothing here knows what a
message is.
"""
