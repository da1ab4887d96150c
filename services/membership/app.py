"""Membership: wiring only."""

from services.membership import desk, hr, members, people, posts, roll, units
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
    desk.unfit,
)
service.listens("HR", hr.HrOpener(), hr.take)

if __name__ == "__main__":
    service.run()
