"""The few helpers both services share: settings, clock, database, logging and metrics, HTTP scaffolding.

Read the settings and the clock first. Nothing here knows what a message is.
"""
