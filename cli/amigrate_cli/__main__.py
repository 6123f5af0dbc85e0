"""`python -m amigrate_cli`."""

from amigrate_cli.app import main

main()
