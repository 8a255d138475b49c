"""What events amount to: the folds, the matters and the reading of each relationship.

Pure: time is an argument, and the same set of events gives the same reading in any order and any batches.
"""
