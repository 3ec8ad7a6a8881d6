"""All the fakes together: hosts the channels' simulators, knowing none by name, and Slack's own."""
