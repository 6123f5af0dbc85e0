"""`python -m amigrate_cli`."""

from amigrate_cli.start import main

main()
