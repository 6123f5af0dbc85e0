from django.contrib import admin
from django.contrib.auth import views
from django.urls import include, path

urlpatterns = [
    path("todo/", include("todo.urls", namespace="todo")),
    path("login", views.LoginView.as_view(template_name="base.html"), name="login"),
    path("", views.LoginView.as_view(template_name="base.html"), name="home"),
    path("admin/", admin.site.urls),
]
