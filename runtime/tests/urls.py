from django.urls import path

from library import views

urlpatterns = [
    path("books/", views.books, name="books"),
    path("books/sync/", views.sync_books),
    path("books/response/", views.response),
    path("books/response/rendered/", views.rendered_response),
    path("awaited/", views.awaited, name="awaited"),
    path("broken/<str:kind>/", views.broken),
    path("slow/", views.slow),
    path("slow/log/", views.log),
]
