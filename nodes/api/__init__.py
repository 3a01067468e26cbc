"""What the programs of an institution may ask of its node, over HTTP on its own network.

Read the routes first; each one reads bytes, makes one call into the gateway, and answers. No decisions here.
"""
