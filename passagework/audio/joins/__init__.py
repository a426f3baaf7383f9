"""Where one piece turns into the next one without a silence: what is heard there, and how likely each place is."""
