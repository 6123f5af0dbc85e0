"""Templates in async code: the hop, `{% await %}`, backends and responses."""
