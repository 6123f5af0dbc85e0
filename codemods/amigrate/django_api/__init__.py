"""What Django has in an async form, from which version on: the generated table and its reader."""

from amigrate.django_api.reader import (
    NEVER,
    OWNERS,
    async_class,
    async_function,
    async_name,
    keyword_names,
    view_decorator_since,
)

__all__ = ["NEVER", "OWNERS", "async_class", "async_function", "async_name", "keyword_names", "view_decorator_since"]
