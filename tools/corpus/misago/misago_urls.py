from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("misago.urls", namespace="misago")),
    path("django-admin/", admin.site.urls),
]
