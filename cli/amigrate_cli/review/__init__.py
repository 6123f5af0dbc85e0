"""`amigrate review` over the sessions of the library: a Textual app for the terminal and, in `web`, a page."""
