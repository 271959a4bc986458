"""What a session is to those who use it: its protocol, its roles, its settings, its age, its guards."""
