"""F2, F3: the worker, then the whole PostgreSQL tree, is killed while a run bills and customers pay. Seeds are printed."""

import random
import time
from collections.abc import Iterator

import pytest

from tests.faults.town import (
    TO_BILL,
    Payers,
    Town,
    billing_goes_on,
    killed_at_random,
    new_token,
    nothing_lost_nothing_doubled,
    paying,
    settle,
)
from tests.support.servers import Place, a_place, eventually, open_folder
from tests.support.sites import serving

PART = 30


@pytest.fixture(scope="module")
def server() -> Iterator[Place]:
    with a_place(open_folder()) as place:
        place.run("db", "start")
        yield place


@pytest.fixture(scope="module")
def settled(server: Place, template_db: str) -> Town:
    return settle(server, template_db, "gasworks_settled")


@pytest.fixture(scope="module")
def undisturbed(settled: Town) -> list[str]:
    settled.place.clone(settled.name, "gasworks_calm")
    calm = Town(settled.place, "gasworks_calm")
    assert calm.bill(calm.plan(1, TO_BILL, PART)).wait(120) == 0
    bills = calm.bills()
    assert len(bills) > TO_BILL * 9 // 10
    return bills


@pytest.mark.parametrize(("seed", "kills"), [(7, 2), pytest.param(8, 20, marks=pytest.mark.full)])
def test_bills_and_payments_survive_the_servers_death(settled: Town, undisturbed: list[str], seed: int, kills: int):
    print(f"seed {seed}")
    dice = random.Random(seed)
    name = f"gasworks_killed_{seed}"
    settled.place.clone(settled.name, name)
    town = Town(settled.place, name)
    inside, back = 0, []
    payers = Payers(new_token(town), seed, clients=4)
    with serving(name, GASWORKS_VAR=str(settled.place.var)) as site:
        payers.url = site.url
        with paying(payers):
            for _ in range(kills):
                run_id = _fresh_run(town)
                with billing_goes_on(town, run_id):
                    eventually(lambda run_id=run_id: town.parts_left(run_id) < TO_BILL // PART)
                    inside += killed_at_random(town, dice, town.place.kill)
                    known, began = len(payers.acknowledged), time.monotonic()
                    settled.place.run("db", "start")
                    eventually(lambda known=known: len(payers.acknowledged) > known)
                    back.append(time.monotonic() - began)
    back.sort()
    print(f"{len(payers.acknowledged)} paid, {payers.broken} answers lost or broken, {inside} of {kills} inside,"
          f" back after {back[0]:.1f} to {back[-1]:.1f} s")  # fmt: skip
    assert inside >= int(kills * 0.8)
    assert back[-1] < 60
    assert len(payers.acknowledged) > 50 * kills
    nothing_lost_nothing_doubled(town, payers)
    assert town.bills() == undisturbed
    town.invariants()


@pytest.mark.parametrize(("seed", "kills"), [(3, 2), pytest.param(4, 20, marks=pytest.mark.full)])
def test_a_run_survives_the_death_of_its_worker(settled: Town, undisturbed: list[str], seed: int, kills: int):
    print(f"seed {seed}")
    dice = random.Random(seed)
    name = f"gasworks_worker_{seed}"
    settled.place.clone(settled.name, name)
    town = Town(settled.place, name)
    assert town.start("tests.faults.worker", "ask").wait(60) == 0
    run_id, work_id = town.ask("SELECT id, work_id FROM billing_run WHERE work_id IS NOT NULL")[0]
    landed = 0
    for _ in range(kills):
        left = town.parts_left(run_id)
        worker = town.start("tests.faults.worker", "work")
        eventually(lambda left=left: town.parts_left(run_id) < left or not left)
        if left:
            killed_at_random(town, dice, worker.kill)
            landed += town.state("foundation_work", work_id) == "running"
        worker.kill()
        worker.wait()
    print(f"{landed} of {kills} kills inside the run")
    last = town.start("tests.faults.worker", "work")
    try:
        eventually(lambda: town.state("foundation_work", work_id) == "done")
    finally:
        last.kill()
        last.wait()
    assert landed >= 2
    assert town.state("billing_run", run_id) == "done"
    assert town.bills() == undisturbed
    parts = town.one("SELECT count(*) FROM billing_runchunk WHERE run_id = %s", run_id)
    assert (
        town.one("SELECT count(*) FROM foundation_auditact WHERE act = 'billing.issue' AND subject_id = %s", run_id)
        == parts
    )
    assert (
        town.one("SELECT count(*) FROM foundation_event WHERE kind = 'billing.bills_issued' AND payload->>'run_id' = %s",
                 str(run_id))
        == TO_BILL // PART
    )  # fmt: skip
    town.invariants()


def _fresh_run(town: Town) -> int:
    """The run that is under way, or, when it is through already, one over the same homes that finds nothing to bill."""
    left = town.ask("SELECT run_id FROM billing_runchunk WHERE done_at IS NULL LIMIT 1")
    return left[0][0] if left else town.plan(1, TO_BILL, PART)
