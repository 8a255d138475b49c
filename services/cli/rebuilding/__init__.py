"""What `egard rebuild` does: folds the journal anew beside the tables that are used, and switches."""
