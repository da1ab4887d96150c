"""The gateway at work: its connections, its ear, and what endpoints need of them."""

import asyncio
from collections.abc import Sequence
from typing import Self
from urllib.parse import urlsplit

from nats.aio.client import Client
from prometheus_client import Counter
from starlette.requests import Request

from services.gateway.applied import Applied
from services.gateway.ask import Asking
from services.gateway.audit import Audit
from services.gateway.back import hearing as back_hearing
from services.gateway.back.counts import COUNTS
from services.gateway.back.worker import Worker
from services.gateway.carried import Carried
from services.gateway.erasing import with_record
from services.gateway.files.checking import Checking
from services.gateway.files.shelf import Shelf
from services.gateway.live import Live
from services.gateway.pins import Key
from services.gateway.problems import Problem
from services.gateway.provider import SECRET, Provider
from services.gateway.scim.telling import Telling
from services.gateway.settings import CompanySettings, DoorSettings, GroupSettings
from services.gateway.sheets_in.kept import SheetsIn
from services.gateway.sheets_in.reading import SheetReading
from services.gateway.throttle import Throttle
from services.gateway.tokens import Tokens
from services.gateway.views import (
    courses,
    elections,
    erasing,
    notices,
    people,
    proposals,
    visits,
)
from services.gateway.views.rows import Readers
from services.gateway.views.statements import together
from shared import database
from shared.broker import service_broker
from shared.contracts import democracy, membership, training, welfare
from shared.database import Session, reading
from shared.facts import FactOpener, Heard, facts_of
from shared.health import ServiceHealth, service_health
from shared.hearing import Ear
from shared.messages import Command, Stated
from shared.metrics import Metrics
from shared.ops import Ops
from shared.publishing import Outgoing, Publisher
from shared.reacting import Reactions
from shared.rights import Actor
from shared.sealing import key_for
from shared.service import end, patiently, spare_the_collector
from shared.settings import Settings
from shared.settled import SettledTogether, Settling

REACTIONS = (
    people.keep_unit,
    people.keep_people,
    people.keep_member,
    people.keep_without_vote,
    people.keep_transfer,
    people.drop_member,
    people.keep_post,
    people.end_post,
    elections.keep_election,
    elections.settle_election,
    notices.keep_notice,
    notices.close_notice,
    proposals.keep_proposal,
    proposals.count_support,
    proposals.keep_answer,
    proposals.mark_overdue,
    courses.keep_course,
    courses.keep_seat,
    courses.keep_result,
    visits.keep_due,
    visits.drop,
    visits.mark_overdue,
    visits.keep_made,
    erasing.empty_name,
    erasing.redact_proposal,
)


class Site:
    """One gateway process."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.door = DoorSettings()
        self.groups = GroupSettings()
        company = CompanySettings.from_environment()
        self.provider = (
            Provider(company, settings.url, settings.secrets / SECRET) if company else None
        )
        self._seal_key = settings.seal_key.get_secret_value().encode()[:64]
        self.engine = database.engine(settings)
        self.sessions = database.Sessions(self.engine, self._seal_key)
        self.audit = Audit(self.sessions)
        self.carried = Carried(self.sessions, self.key_for("unsent forms"))
        self.pin_key = Key.of(self._seal_key)
        self.readers = Readers(settings)
        self.tokens = Tokens(self.sessions, settings.site, self.door.idle, self.groups.roles)
        self.directory = Telling(self.sessions, self.publish, settings.site)
        self.throttle = Throttle(self.sessions, self.key_for("throttle"), self.https)
        self.shelf = Shelf(self.sessions, self.key_for("files"), self.door.files_gib)
        self.checking = Checking()
        self.sheet_reading = SheetReading()
        self.sheets_in = SheetsIn(self.sessions)
        self.applied = Applied()
        self.settled = SettledTogether(self._settled)
        self.live = Live(settings, self.sessions, self.door.session_idle)
        self.metrics = Metrics("gateway", self.engine, COUNTS)
        self.back = Worker(
            self.sessions,
            self.publish,
            settings.site,
            Counter(
                "tongxin_back_attempts_total",
                "Attempts to tell HR of an event, by what came of them.",
                ["outcome"],
                registry=self.metrics.registry,
            ),
            loopback=self.door.back_loopback,
        )
        self.ops = Ops(settings, self.metrics, self.health)
        self.views = together(Reactions(REACTIONS))
        self.ear = Ear(
            "FACTS",
            "gateway",
            settings.site,
            self.engine,
            FactOpener(facts_of(membership, democracy, training, welfare)),
            with_record(self._react, self.key_for("following")),
            applied=self._applied,
            seal_key=self._seal_key,
        )
        self.stopping = asyncio.Event()
        self.broker = service_broker(settings, "gateway", self.stopping)
        self.broker.subscriber(f"queries.{settings.site}.gateway.health", queue="gateway")(
            self._tell_health
        )
        self.client: Client | None = None
        self._publisher: Publisher | None = None
        self._work: list[asyncio.Task[None]] = []

    def key_for(self, purpose: str) -> bytes:
        """See `shared.sealing.key_for`."""
        return key_for(purpose, self._seal_key)

    @property
    def https(self) -> bool:
        """People reach us by https; what ends TLS is in front of us."""
        return urlsplit(self.settings.url).scheme == "https"

    async def _react(self, batch: Sequence[Heard], session: Session) -> None:
        """The views, and what HR is to be told, which is no view."""
        await self.views(batch, session)
        await back_hearing.keep(batch, session)

    def _applied(self, heard: Sequence[Heard]) -> None:
        self.applied.note(heard)
        self.live.note(heard)
        self.metrics.taken("FACTS", heard)
        if any(one.type.startswith("tongxin.membership.") for one in heard):
            self.tokens.forget()
        if any(map(back_hearing.concerns, heard)):
            self.back.wake()

    async def __aenter__(self) -> Self:
        self.ops.start()
        # The door opens at once and says 503 until the lines stand.
        self._work = [
            asyncio.create_task(self._connect_and_hear()),
            asyncio.create_task(self.audit.keep_sealing()),
            asyncio.create_task(self.carried.keep_clean()),
            asyncio.create_task(self.shelf.keep_sweeping()),
            asyncio.create_task(self.sheets_in.keep_sweeping()),
            asyncio.create_task(self.live.hear()),
            asyncio.create_task(self.live.watch()),
            asyncio.create_task(self.directory.keep_sweeping()),
            asyncio.create_task(self.back.run()),
        ]
        return self

    async def _connect_and_hear(self) -> None:
        await patiently(self.broker.connect, "broker")
        self.client = await self.broker.connect()
        await patiently(self.broker.start, "broker")
        spare_the_collector()
        await self.ear.run(self.client)

    async def __aexit__(self, *_: object) -> None:
        self.stopping.set()
        self.live.close()
        await self.ops.stop()
        await end(self._work)
        await self.broker.stop()
        await self.readers.close()
        await self.engine.dispose()

    async def health(self) -> ServiceHealth:
        """The gateway's own: its durable and its held facts. Raises when a part is away."""
        async with reading(self.sessions) as session:
            for count in COUNTS:
                self.metrics.counted(count, await count.ask(session))
            return await service_health(
                "gateway", self.connection(), [self.ear], session, states_facts=False
            )

    async def _tell_health(self, _: object) -> bytes:
        return (await self.health()).model_dump_json().encode()

    def connection(self) -> Client:
        """Raises `Problem` (503) before the first connection stands."""
        if self.client is None or not self.client.is_connected:
            raise Problem(503, "away", "the site's lines are down; try again")
        return self.client

    @property
    def asking(self) -> Asking:
        return Asking(self.connection(), self.settings.site, self._stated, self.audit.read)

    def _stated(self, asked: type[Command], stated: Sequence[Stated]) -> None:
        """What an answer brings counts for no more than what its service may publish: facts of its
        own."""
        facts = [self.ear.open.again(one.subject, one.fact.encode(), 0) for one in stated]
        self.ear.bring([one for one in facts if one.owner == asked.owner()])

    async def publish(self, messages: Sequence[Outgoing]) -> list[int]:
        """See `Publisher.publish`. Raises `Problem` (503) before the first connection stands."""
        if self._publisher is None:
            self._publisher = Publisher(self.connection())
        return await self._publisher.publish(messages)

    async def _settled(self, hr_sequence: int) -> None:
        await Settling(self.connection(), self.settings.site).after(hr_sequence)

    async def actor(self, request: Request) -> Actor:
        """Who asks, by bearer token. Raises `Problem` (401)."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Problem(401, "no-token", "send Authorization: Bearer TOKEN; see /api/v1/session")
        request.scope["actor"] = actor = await self.tokens.actor(token.strip())
        return actor
