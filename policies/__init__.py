"""Verdicts: which message may leave, pass or be shown on a channel, decided from rules that are data.

Read the facts first (what a rule may look at), then the rules, then the engine that decides, and the
explanations last.
"""
