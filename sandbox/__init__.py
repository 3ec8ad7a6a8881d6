"""All the fakes together: hosts the simulators and knows none of them by name."""
