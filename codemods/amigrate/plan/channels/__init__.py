"""Planning of the move from Channels to the websockets of django_ahead: one group, of all that it takes."""
