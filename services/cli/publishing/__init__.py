"""Publishing a file of events: read once, checked line by line, sent in order per subject."""
