"""Settings: models, defaults, profiles. Read by the doors and handed down as values."""
