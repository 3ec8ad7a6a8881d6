"""What several channels share and the core need not know."""
