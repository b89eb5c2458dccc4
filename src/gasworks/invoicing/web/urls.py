from django.urls import path, re_path

from gasworks.invoicing.web import views

app_name = "invoicing"

urlpatterns = [
    path("books/", views.book_list, name="books"),
    path("books/receive/", views.receive, name="receive"),
    path("books/<int:book_id>/", views.book, name="book"),
    path("books/<int:book_id>/hand-out/", views.give, name="hand_out"),
    path("books/<int:book_id>/spoil/", views.spoil, name="spoil_next"),
    re_path(r"^books/(?P<book_id>[0-9]{1,18})/(?P<act>take_back|return|write_off)/$", views.move, name="move"),
]
