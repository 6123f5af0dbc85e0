from django.urls import include, path, re_path

from django_ahead.urls import websocket_path, websocket_re_path
from sockets import consumers, views

nested = [
    websocket_path("room/<slug:room>/", consumers.Room, name="room"),
    websocket_re_path(r"^old/(\w+)/(\d+)/$", consumers.WhoAmI, name="old"),
    path("room/<slug:room>/", views.page, name="room-page"),
]
urlpatterns = [
    path("events/", views.happened),
    path("login/", views.log_in),
    path("logout-everywhere/", views.log_out_everywhere),
    path("say/", views.say),
    path("say/async/", views.async_say),
    # A page that takes every path below it comes first, as in sites with a frontend of their own.
    re_path(r"^app/.*$", views.page),
    path("app/<int:year>/", include((nested, "chat"), namespace="chat")),
    websocket_path("app/echo/", consumers.Echo, name="echo-in-app"),
    websocket_path("echo/", consumers.Echo, name="echo"),
    websocket_path("json/", consumers.EchoJson),
    websocket_path("commands/", consumers.Commands),
    websocket_path("deny/", consumers.Deny),
    websocket_path("accept/", consumers.Accept),
    websocket_path("hang/", consumers.Hang),
    websocket_path("hang-within/", consumers.HangWithin),
    websocket_path("fail-to-connect/", consumers.FailToConnect),
    websocket_path("subprotocol/", consumers.Subprotocol),
    websocket_path("inject/", consumers.Inject),
    websocket_path("hall/", consumers.Hall),
    websocket_path("whoami/<int:number>/", consumers.WhoAmI, {"extra": 1}, name="whoami", greeting="good day"),
    websocket_path("low/", consumers.LowLevel),
    websocket_path("applications/", consumers.Echo.as_asgi()),
    path("everything/<path:rest>", views.page),
    path("", views.page),
]
