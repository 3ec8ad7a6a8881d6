"""Meta's Graph API, as WhatsApp and Messenger share it."""
