"""Addresses of metering's screens."""

from django.urls import path

from gasworks.metering.web import books, estimates, grid, meters, readings

app_name = "metering"

urlpatterns = [
    path("", books.board, name="board"),
    path("rounds/open/", books.open_rounds, name="open_rounds"),
    path("rounds/submit/", books.submit_rounds, name="submit_rounds"),
    path("rounds/approve/", books.approve_rounds, name="approve_rounds"),
    path("missed/", books.missed, name="missed"),
    path("estimates/", estimates.estimates, name="estimates"),
    path("estimates/make/", estimates.estimate, name="estimate"),
    path("special/", estimates.special, name="special"),
    path("of/<int:supply_point_id>/valve/", estimates.close_valve, name="close_valve"),
    path("valves/<int:closure_id>/open/", estimates.open_valve, name="open_valve"),
    path("unplanned/", books.unplanned, name="unplanned"),
    path("books/", books.book_list, name="books"),
    path("books/new/", books.new_book, name="new_book"),
    path("books/<int:book_id>/", books.book, name="book"),
    path("books/<int:book_id>/change/", books.change_book, name="change_book"),
    path("books/<int:book_id>/cycle/drop/", books.drop_cycle, name="drop_cycle"),
    path("books/<int:book_id>/seats/add/", books.add_seats, name="add_seats"),
    path("books/<int:book_id>/seats/move/", books.move_seat, name="move_seat"),
    path("books/<int:book_id>/seats/remove/", books.remove_seat, name="remove_seat"),
    path("books/<int:book_id>/grid/<int:month>/", grid.grid, name="grid"),
    path("books/<int:book_id>/grid/<int:month>/save/", grid.save, name="save_grid"),
    *[
        path(f"books/<int:book_id>/round/<int:month>/{act}/", books.move_round, {"act": act}, name=f"round_{act}")
        for act in ("submit", "approve", "reopen")
    ],
    path("review/", readings.review, name="review"),
    path("review/approve/", readings.approve, name="approve"),
    path("review/reject/", readings.reject, name="reject"),
    path("readings/<int:reading_id>/correct/", readings.correct, name="correct"),
    path("meters/", meters.meter_list, name="meters"),
    path("meters/new/", meters.new_meter, name="new_meter"),
    path("meters/<int:meter_id>/", meters.meter, name="meter"),
    path("meters/<int:meter_id>/change/", meters.change_meter, name="change_meter"),
    *[path(f"meters/<int:meter_id>/{act}/", meters.move_meter, {"act": act}, name=act) for act in ("restock", "scrap")],
    path("of/<int:supply_point_id>/readings/", readings.of_point, name="of_point"),
    path("of/<int:supply_point_id>/meters/", meters.of_point, name="meters_of_point"),
    path("of/<int:supply_point_id>/install/", meters.install, name="install"),
    path("installations/<int:installation_id>/exchange/", meters.exchange, name="exchange"),
    path("installations/<int:installation_id>/remove/", meters.remove, name="remove"),
]
