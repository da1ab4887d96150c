"""Welfare: wiring only."""

from services.welfare import clock, erasing, notes, own_data, reactions, visits
from shared import roll
from shared.contracts import membership
from shared.facts import FactOpener, facts_of
from shared.reacting import Reactions
from shared.service import Service

service = Service("welfare")
service.answers(own_data.own_data, visits.log_visit, notes.visit_note, notes.visit_readings)
service.hears(roll.keep_unit, roll.keep_people, erasing.erase_person, contracts=(membership,))
service.listens(
    "CARE",
    FactOpener(facts_of(membership)),
    Reactions([reactions.owe_visits, reactions.withdraw_visit]),
)
service.ticks(clock.visit_is_overdue)

if __name__ == "__main__":
    service.run()
