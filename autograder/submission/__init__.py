"""One submission: read, rebuilt, executed, judged, annotated."""
