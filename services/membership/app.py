"""Membership: wiring only."""

from services.membership import clock, hr, members, people, posts, roll, units
from services.membership.desk import cases, listing, settling
from shared.service import Service

service = Service("membership")
service.opens_with(units.open_root)
service.answers(
    members.join_union,
    members.leave_union,
    posts.appoint_post,
    posts.end_post,
    posts.may_appoint,
    people.heads,
    people.profile,
    posts.posts,
    roll.roll,
    listing.unfit,
    cases.unfit_case,
    settling.settle_unfit,
    settling.take_back_ruling,
)
service.ticks(clock.the_tree_changes)
service.listens("HR", hr.HrOpener(), hr.take)

if __name__ == "__main__":
    service.run()
