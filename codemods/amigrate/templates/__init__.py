"""Template files: where they use what is async, and the edits that await it. Nothing of a template is rendered."""
