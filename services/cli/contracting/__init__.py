"""What the commands about contracts are made of."""
