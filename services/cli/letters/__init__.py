"""Dead letters on the command line: found, shown, and sent again."""
