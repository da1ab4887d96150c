"""Democracy: wiring only."""

from services.democracy import clock, proposals, reactions
from shared.contracts import membership
from shared.service import Service

service = Service("democracy")
service.answers(
    proposals.submit_proposal,
    proposals.support_proposal,
    proposals.answer_proposal,
)
service.hears(reactions.keep_unit, reactions.keep_person, contracts=(membership,))
service.ticks(clock.answer_is_overdue)

if __name__ == "__main__":
    service.run()
