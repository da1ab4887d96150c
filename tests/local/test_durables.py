"""Durables of a site that an older version made are put as this one declares them."""

from dataclasses import replace
from pathlib import Path

from shared.broker import durables, reconcile
from tests.walls.broker import nats_alone, user_of


async def test_other_numbers_are_put_right_and_the_place_is_kept(tmp_path: Path) -> None:
    async with nats_alone(tmp_path / "home") as home, user_of(home, "provisioner") as provisioner:
        js = provisioner.jetstream()
        hr = durables(home.site)[0]
        made = await js.consumer_info(hr.stream, hr.name)
        older = hr.config()
        older.max_ack_pending = 7
        await js.add_consumer(hr.stream, older)
        assert await reconcile(js, home.site) == ["durable HR/membership takes other numbers"]
        now = await js.consumer_info(hr.stream, hr.name)
        assert now.config.max_ack_pending == hr.config().max_ack_pending
        assert now.created == made.created
        assert await reconcile(js, home.site) == []


async def test_one_that_heard_other_facts_is_made_anew(tmp_path: Path) -> None:
    async with nats_alone(tmp_path / "home") as home, user_of(home, "provisioner") as provisioner:
        js = provisioner.jetstream()
        hr = durables(home.site)[0]
        narrower = replace(hr, filters=(f"events.{home.site}.hr.unit-created",))
        await js.add_consumer(hr.stream, narrower.config())
        said = await reconcile(js, home.site)
        assert said == ["durable HR/membership made anew, it heard other facts"]
        now = await js.consumer_info(hr.stream, hr.name)
        assert (now.config.filter_subjects or [now.config.filter_subject]) == list(hr.filters)
