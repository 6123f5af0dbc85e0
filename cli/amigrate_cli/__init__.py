"""The command line of amigrate."""
