"""Settings: models, defaults, profiles. The entry points read them and pass them on as values."""
