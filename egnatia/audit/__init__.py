"""``egnatia audit``: follow, verify and search what the logs of a network show, without reading any content."""
