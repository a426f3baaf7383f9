"""What programs get, as JSON: of the command line and over HTTP. docs/json.md describes each name."""
