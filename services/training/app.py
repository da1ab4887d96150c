"""Training: wiring only."""

from services.training import courses, demands, erasing, own_data, reactions
from shared import roll
from shared.contracts import democracy, membership
from shared.service import Service

service = Service("training")
service.answers(
    own_data.own_data, courses.open_course, courses.enrol, courses.complete_course, demands.demands
)
service.hears(
    roll.keep_unit,
    roll.keep_people,
    erasing.erase_person,
    erasing.redact_demand,
    reactions.note_training_demand,
    contracts=(membership, democracy),
)

if __name__ == "__main__":
    service.run()
