"""``python -m egnatia``: the same command where no script is on the path."""

from egnatia.cli import main

main()
