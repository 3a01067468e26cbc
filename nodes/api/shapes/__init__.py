"""What the API takes and gives, as types: the OpenAPI document is made from them, and tests hold every answer to it.

An answer may have more members in a later release; a request has exactly those that are written here.
"""
