"""`make chaos`: everything is killed, frozen, cut off and restarted under load; then the books are read."""
