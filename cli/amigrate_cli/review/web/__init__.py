"""The review in a browser: one page, served on loopback or written as a file."""
