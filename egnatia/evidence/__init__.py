"""``egnatia evidence``: export what proves a message or a case, and verify such a file anywhere."""
