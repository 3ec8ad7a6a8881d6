"""WhatsApp, spoken through Meta's Cloud API."""
