"""Every sentence of the catalogs, in the message it was said in: see `README.md` of docs/sentences."""
