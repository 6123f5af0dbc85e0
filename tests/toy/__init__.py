"""A tiny stand-in for the engine, to drive the real command line with change sets of known content."""
