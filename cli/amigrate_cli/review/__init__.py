"""`amigrate review` in the terminal: a Textual app over the sessions of the library."""
