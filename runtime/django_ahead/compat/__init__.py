"""The a-methods of newer Djangos, on Django 4.2 and later: Django's own where it has them, else in one hop.

    from django_ahead.compat import auth, sessions, signals

Methods become functions with the object first: `await sessions.aget(request.session, "cart")`. An object that has the
method itself, such as a user model of a later Django, is asked for it.
"""
