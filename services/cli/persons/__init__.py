"""What `egard customer` does: shows, exports, links and erases."""
