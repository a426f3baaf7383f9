"""Values and rules: units, entities, segmentation, cue points, linking. No I/O, no threads."""
