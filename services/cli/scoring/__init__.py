"""`egard score`: folds a file with no infrastructure, in memory that does not grow with it."""
