"""What can be done with a broadcast, one file per intention."""
