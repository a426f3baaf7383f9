"""Settings: models, defaults, profiles."""
