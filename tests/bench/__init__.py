"""How fast it is, as ratios against a ceiling that is measured in the same run: `make bench`."""
