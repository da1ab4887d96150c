"""Democracy: wiring only."""

from services.democracy import clock, erasing, own_data, proposals
from shared import roll
from shared.contracts import membership
from shared.service import Service

service = Service("democracy")
service.answers(
    proposals.submit_proposal,
    proposals.support_proposal,
    proposals.answer_proposal,
    own_data.own_data,
)
service.hears(roll.keep_unit, roll.keep_people, erasing.erase_person, contracts=(membership,))
service.ticks(clock.answer_is_overdue)

if __name__ == "__main__":
    service.run()
