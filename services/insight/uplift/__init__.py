"""Does outreach help? What became of customers who were prompted for, beside those whom the lot held out."""
