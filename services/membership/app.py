"""Membership: wiring only."""

from services.membership import (
    clock,
    drift,
    drift_lines,
    heads,
    hr,
    members,
    on_paper,
    own_data,
    people,
    placed,
    posts,
    reactions,
    record,
    roll,
    units,
)
from services.membership.bodies import elections, founding, missing, seats, telling
from services.membership.corrections import answering, asking, over_me
from services.membership.corrections import telling as corrections
from services.membership.desk import (
    cases,
    counting,
    listing,
    numbering,
    pair_listing,
    settled,
    settling,
    two_people,
    unit_cases,
    unit_settling,
)
from services.membership.dues import books, funds, months, payrolls, queries
from services.membership.erasure import asking as erasing
from services.membership.erasure import telling as erasures
from services.membership.lapse import admonishing, lapses
from services.membership.provinces import saying
from shared.contracts import democracy, training
from shared.service import Service

service = Service("membership")
service.opens_with(units.open_root)
service.answers(
    members.join_union,
    members.leave_union,
    on_paper.admit_member,
    on_paper.may_admit,
    on_paper.end_membership,
    on_paper.keep_membership,
    on_paper.record_other_union,
    record.award_honour,
    record.withdraw_honour,
    record.member_record,
    posts.appoint_post,
    posts.end_post,
    posts.may_appoint,
    heads.heads,
    people.profile,
    own_data.own_data,
    placed.placed_on,
    saying.set_province,
    saying.provinces,
    drift.note_drift,
    drift.drift,
    drift.drift_days,
    drift_lines.leave_drift,
    drift_lines.reopen_drift,
    drift_lines.settle_drift,
    drift_lines.drift_case,
    posts.posts,
    roll.roll,
    listing.unfit,
    counting.desk_counts,
    cases.unfit_case,
    settling.settle_unfit,
    settling.take_back_ruling,
    unit_cases.unit_case,
    unit_settling.settle_unit,
    settled.rulings,
    numbering.rule_same_person,
    numbering.rule_another_human,
    numbering.number_case,
    pair_listing.number_pairs,
    two_people.rule_two_people,
    two_people.take_back_two_people,
    two_people.two_people_rulings,
)
service.answers(
    payrolls.open_payroll,
    payrolls.add_payroll,
    payrolls.drop_payroll,
    books.book_payroll,
    books.reverse_payroll,
    books.settle_dues,
    funds.enter_receipt,
    funds.take_back_receipt,
    queries.payroll_check,
    queries.dues_report,
    queries.dues_faults,
    queries.dues_of,
    months.dues_months,
)
service.answers(
    founding.found_body,
    founding.dissolve_body,
    elections.open_term,
    elections.withdraw_term,
    seats.fill_seat,
    seats.end_seat,
    telling.bodies,
    missing.missing_bodies,
    telling.body,
)
service.answers(
    admonishing.admonish_member,
    admonishing.withdraw_admonition,
    admonishing.declare_left,
    admonishing.reverse_declaration,
    lapses.lapses,
    lapses.lapse_counts,
    lapses.lapse_of,
)
service.answers(
    asking.ask_correction,
    asking.withdraw_correction,
    answering.take_correction_to_hr,
    answering.answer_correction,
    corrections.own_corrections,
    corrections.corrections,
    corrections.correction,
    over_me.posts_over_me,
)
service.answers(
    erasing.ask_erasure,
    erasing.grant_erasure,
    erasing.withdraw_erasure,
    erasures.erasure_of,
    erasures.erasures,
    erasures.erasures_waiting,
)
service.ticks(
    erasing.erasure_is_due,
    clock.the_tree_changes,
    clock.provinces_are_untold,
    clock.payroll_is_left,
    clock.election_is_to_be_prepared,
    clock.time_to_mend_is_over,
    clock.correction_is_overdue,
    clock.everybody_is_looked_at,
)
service.hears(
    reactions.took_a_course,
    reactions.made_a_proposal,
    reactions.redact_proposal,
    contracts=(democracy, training),
)
service.shows(counting.OPEN, drift_lines.OPEN)
service.listens("HR", hr.HrOpener(), hr.take)

if __name__ == "__main__":
    service.run()
