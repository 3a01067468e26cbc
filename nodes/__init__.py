"""A participant's side: everything that happens before a message is sealed and after it is opened.

Read the gateway first (send, receive, witness), then the casework that knows what a message means, then the
API and the desk that show it; the composition root comes last.
"""
