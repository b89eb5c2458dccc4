"""Writes of this domain: one transaction each, bound by the scope, audited."""

from gasworks.metering.services.batches import judge_named, key_in_grid, record_named, resolve
from gasworks.metering.services.books import (
    assign_seats,
    change_book,
    create_book,
    leave_book,
    move_seat,
    reorder_seats,
)
from gasworks.metering.services.bulk import (
    InstallationProblem,
    SomeCannotBeInstalled,
    check_installations,
    ensure_books,
    ensure_models,
    install_many,
)
from gasworks.metering.services.cycles import ask_for_cycle, drop_cycle, is_due, planned_reads
from gasworks.metering.services.estimates import (
    AT_ONCE,
    PREVIEWED,
    ask_for_estimates,
    count_missed,
    make_estimates,
    preview_estimates,
)
from gasworks.metering.services.meters import (
    add_maker,
    add_model,
    change_meter,
    exchange_meter,
    install_meter,
    move_meter,
    register_meter,
    remove_meter,
)
from gasworks.metering.services.readings import (
    approve_readings,
    correct_reading,
    judge_readings,
    record_readings,
    reject_readings,
    roll_over,
)
from gasworks.metering.services.rounds import (
    approve_round,
    mark_issued,
    open_rounds,
    reopen_round,
    submit_round,
)
from gasworks.metering.services.valves import close_valve, open_valve

__all__ = [
    "AT_ONCE",
    "PREVIEWED",
    "InstallationProblem",
    "SomeCannotBeInstalled",
    "add_maker",
    "add_model",
    "approve_readings",
    "approve_round",
    "ask_for_cycle",
    "ask_for_estimates",
    "assign_seats",
    "change_book",
    "change_meter",
    "check_installations",
    "close_valve",
    "correct_reading",
    "count_missed",
    "create_book",
    "drop_cycle",
    "ensure_books",
    "ensure_models",
    "exchange_meter",
    "install_many",
    "install_meter",
    "is_due",
    "judge_named",
    "judge_readings",
    "key_in_grid",
    "leave_book",
    "make_estimates",
    "mark_issued",
    "move_meter",
    "move_seat",
    "open_rounds",
    "open_valve",
    "planned_reads",
    "preview_estimates",
    "record_named",
    "record_readings",
    "register_meter",
    "reject_readings",
    "remove_meter",
    "reopen_round",
    "reorder_seats",
    "resolve",
    "roll_over",
    "submit_round",
]
