"""The actors: thin shells of dispatch around plain decision classes."""
