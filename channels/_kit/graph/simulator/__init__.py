"""What the fakes of Meta's two channels share: a Graph host, its tokens, errors, webhooks, clock."""
