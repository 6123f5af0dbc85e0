"""From a change set to pull requests, and again when the base has moved."""
