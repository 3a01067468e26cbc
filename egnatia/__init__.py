"""The command `egnatia` and the demo. A service is imported only when its subcommand runs.

Read the command line first, then the demo.
"""
