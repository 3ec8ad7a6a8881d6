"""What people's words mean: folding, and one lexicon per language as data."""
