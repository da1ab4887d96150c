"""One filled-in example of every message, from which the golden files were written."""

from datetime import UTC, date, datetime
from uuid import UUID

from shared.contracts import democracy as d
from shared.contracts import membership as m
from shared.contracts import training as t
from shared.contracts import welfare as w
from shared.messages import Command, Fact, Message, Query
from shared.rulebook import Basis

DAY = date(2026, 3, 2)
TIME = datetime(2026, 3, 2, 1, 2, 3, 456789, tzinfo=UTC)
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

BASIS = Basis(
    rule="a-rule",
    version=2,
    citation="某规定第七条",
    citation_en="A rule, article 7",
    standing="house",
    days=7,
    working=True,
    provisional=False,
)


def id_(last: int) -> UUID:
    return UUID(f"01a2082a-5b86-745c-97fe-{last:012d}")


EXAMPLES: tuple[Command | Query | Fact, ...] = (
    d.SubmitProposal(title="标题", body="说明", category=d.Category.SAFETY, hidden=True),
    d.SupportProposal(proposal=id_(1)),
    d.AnswerProposal(proposal=id_(1), decision="adopted", reasons="理由"),
    d.ProposalSubmitted(
        proposal=id_(1),
        unit=id_(2),
        author=id_(3),
        category=d.Category.SAFETY,
        title="标题",
        body="说明",
        submitted_on=DAY,
        due_on=DAY,
        due_by=BASIS,
    ),
    d.ProposalSupported(proposal=id_(1), supports=2),
    d.ProposalAnswered(
        proposal=id_(1), unit=id_(2), decision="declined", reasons="理由", answered_on=DAY
    ),
    d.ProposalOverdue(proposal=id_(1), unit=id_(2), due_on=DAY),
    m.JoinUnion(consent=True),
    m.LeaveUnion(on=DAY),
    m.AdmitMember(employee="D0001", on=DAY, reference="2026-017"),
    m.EndMembership(employee="D0001", on=DAY, because="own-wish", reference="2026-031"),
    m.KeepMembership(employee="D0001", on=DAY, kept=False),
    m.RecordOtherUnion(employee="D0001", union="派遣公司工会", since=DAY, until=DAY),
    m.AwardHonour(employee="D0001", title="优秀班组长", level="plant", on=DAY, reference="7"),
    m.WithdrawHonour(honour=id_(9), reason="登记有误"),
    m.MemberRecord(employee="D0001"),
    m.AdmonishMember(employee="D0001", on=DAY, way="in-writing", reason="已当面说明"),
    m.WithdrawAdmonition(employee="D0001", reason="理由"),
    m.DeclareLeft(employee="D0001", on=DAY, reference="委员会纪要 4 号"),
    m.ReverseDeclaration(employee="D0001", reason="理由"),
    m.Lapses(unit="plant", state="over", limit=5, cursor="WyJEMDAwMSJd"),
    m.LapseCounts(),
    m.DeskCounts(),
    m.LapseOf(employee="D0001"),
    m.NoticeGiven(notice=id_(8), person=id_(3), due_on=DAY),
    m.NoticeClosed(notice=id_(8)),
    m.SetProvince(unit="plant", province="CN-ZJ", on=DAY),
    m.Provinces(),
    m.AppointPost(employee="D0001", role="chair", unit="company", on=DAY, until=DAY),
    m.EndPost(post=id_(4), on=DAY),
    m.NoteDrift(
        comparison=id_(5),
        unit="plant",
        on=DAY,
        lines=[m.DriftLine(kind="moved", employee="D1", name="某", hr_unit="a", our_unit="b")],
        last=True,
    ),
    m.LeaveDrift(drift=id_(5), reason="理由"),
    m.ReopenDrift(drift=id_(5)),
    m.SettleDrift(drift=id_(5)),
    m.DriftCase(drift=id_(5)),
    m.MayAdmit(employee="D1", on=DAY),
    m.Drift(unit="plant", kind="moved", state="left", limit=20, cursor="WyJEMDAwMSJd"),
    m.DriftDays(unit="plant", since=DAY),
    m.PlacedOn(on=DAY, unit="plant", employees="D0001 D0002", limit=20, cursor="WyJEMDAwMSJd"),
    m.MayAppoint(employee="D0001", role="chair", unit="company", on=DAY, until=DAY),
    m.Heads(on=DAY, known=TIME),
    m.Profile(employee="D0001"),
    m.Roll(
        unit="plant",
        on=DAY,
        state="member",
        words="D00",
        kept=True,
        sort="unit",
        limit=5,
        cursor="WyIiLCAiRDAwMDEiXQ",
    ),
    m.Posts(unit="plant", role="chair", post=id_(4), limit=5, cursor="WyIiLCAiRDAwMDEiXQ"),
    m.Unfit(
        unit="plant",
        reason="already-placed",
        employee="D0001",
        limit=5,
        cursor="WyIiLCAiRDAwMDEiXQ",
    ),
    m.UnfitCase(employee="D0001", event="0" * 32, on=DAY, unit="plant", from_unit="team"),
    m.SettleUnfit(
        employee="D0001",
        ruling="corrected",
        event="0" * 32,
        over="1" * 32,
        on=DAY,
        unit="plant",
        from_unit="team",
        reason="理由",
    ),
    m.TakeBackRuling(ruling=id_(8), reason="理由"),
    m.SettleUnit(
        unit="team", ruling="corrected", event="0" * 32, on=DAY, other="plant", reason="理由"
    ),
    m.RuleSamePerson(employee="D0002", other="D0001", on=DAY, reason="理由"),
    m.RuleAnotherHuman(employee="D0001", on=DAY, reason="理由"),
    m.NumberCase(employee="D0002", other="D0001", on=DAY),
    m.NumberPairs(unit="plant", limit=5, cursor="WyIiXQ"),
    m.RuleTwoPeople(employee="D0002", other="D0001", reason="理由"),
    m.TakeBackTwoPeople(ruling=id_(8), reason="理由"),
    m.TwoPeopleRulings(unit="plant", ruling=id_(8), limit=5, cursor="WyIiXQ"),
    m.UnitCase(unit="team", event="0" * 32, on=DAY, other="plant"),
    m.Rulings(
        unit="plant", kind="set-aside", state="standing", employee="D0001", ruling=id_(8), limit=5
    ),
    m.OpenPayroll(
        unit="plant", month="2026-03", rows=2, wages=1_000_000, dues=5_000, all_wages=2_000_000
    ),
    m.AddPayroll(
        payroll=id_(8),
        rows=[m.PayrollRow(line=2, employee="D0001", wages="5,000.00", dues="25.00")],
    ),
    m.BookPayroll(payroll=id_(8)),
    m.DropPayroll(payroll=id_(8)),
    m.ReversePayroll(payroll=id_(8), reason="理由"),
    m.SettleDues(fault=id_(9), how="given-back"),
    m.EnterReceipt(unit="plant", month="2026-03", amount=40_000, on=DAY, reference="0302-77"),
    m.TakeBackReceipt(receipt=id_(9), reason="理由"),
    m.PayrollCheck(payroll=id_(8), kind="twice", limit=5),
    m.DuesMonths(until="2026-03", months=12),
    m.DuesReport(unit="plant", month="2026-03"),
    m.DuesFaults(
        unit="plant", month="2026-03", kind="missing", settled=False, limit=5, cursor="WyI1Il0"
    ),
    m.DuesOf(employee="D0001"),
    m.FoundBody(kind="committee", unit="plant", name="北厂工会委员会", on=DAY),
    m.DissolveBody(body=id_(8), on=DAY),
    m.OpenTerm(
        body=id_(8),
        years=5,
        since=DAY,
        elected_on=DAY,
        number=2,
        seats=7,
        members=120,
        minutes="会员大会纪要 1 号",
        vouched=True,
        gives_posts=False,
        elected=[m.Elected(employee="D0001", post="chair")],
    ),
    m.WithdrawTerm(term=id_(9), reason="误录"),
    m.FillSeat(
        body=id_(8),
        employee="D0002",
        post="chair",
        on=DAY,
        acting="vacant",
        minutes="纪要 2 号",
        vouched=True,
        gives_posts=False,
    ),
    m.EndSeat(seat=id_(10), why="recalled", on=DAY, votes=61, electors=120, minutes="纪要 3 号"),
    m.MissingBodies(unit="plant", on=DAY),
    m.Bodies(
        unit="plant",
        on=DAY,
        kind="women",
        state="due",
        limit=5,
        cursor="WyIiLCAiMSIsICIiXQ",
    ),
    m.Body(body=id_(8), on=DAY, known=DAY),
    m.AskCorrection(about="honour", which="2024年的", wrong="年份不对", should_be="2023年"),
    m.WithdrawCorrection(correction=id_(8)),
    m.TakeCorrectionToHr(correction=id_(8), note="已函告人事"),
    m.AnswerCorrection(correction=id_(8), outcome="in-part", reason="理由"),
    m.OwnCorrections(limit=5, cursor="WyIxIl0"),
    m.Corrections(unit="plant", state="settled", about="dues", limit=5, cursor="WyIxIiwgIjIiXQ"),
    m.Correction(correction=id_(8)),
    m.PostsOverMe(),
    m.ElectionDue(body=id_(8), kind="committee", unit=id_(2), since=DAY, due_on=DAY, due_by=BASIS),
    m.ElectionSettled(body=id_(8)),
    m.UnitPlaced(
        unit=id_(2),
        code="plant",
        name="北厂",
        kind="plant",
        parent=id_(5),
        path="company/plant",
        plant="company/plant",
        earlier=(m.UnitStood(name="北分厂", path="company/old/plant", until=DAY),),
        provinces=(m.InProvince(province="CN-ZJ", until=DAY),),
    ),
    m.PersonPlaced(
        person=id_(3),
        employee="D0001",
        employed=[m.Spell(since=DAY, until=None)],
        stays=[m.Stay(since=DAY, until=DAY, unit=id_(2), post="操作工")],
    ),
    m.MemberJoined(person=id_(3), on=DAY),
    m.MemberKept(person=id_(3), on=DAY),
    m.MemberTransferred(person=id_(3), from_plant=id_(2), to_plant=id_(5), on=DAY),
    m.MemberLeft(person=id_(3), on=DAY),
    m.PostAppointed(post=id_(4), person=id_(3), role="chair", unit=id_(2), since=DAY, until=None),
    m.PostEnded(post=id_(4), on=DAY),
    m.AbsenceChanged(person=id_(3), absences=[m.Spell(since=DAY, until=None)]),
    m.LeaveStarted(leave=id_(5), person=id_(3), kind="work-injury", since=DAY, until=None),
    m.LeaveWithdrawn(leave=id_(5), person=id_(3)),
    t.OpenCourse(title="课程", unit="plant", starts_on=DAY, seats=20, open_to="unit"),
    t.Enrol(course=id_(6), employee="D0001"),
    t.CompleteCourse(course=id_(6), employee="D0001", result="passed", score=91.5, on=DAY),
    t.Demands(limit=5),
    m.OwnData(employee="D0001"),
    m.AskErasure(employee="D0001"),
    m.GrantErasure(erasure=id_(9)),
    m.WithdrawErasure(erasure=id_(9)),
    m.ErasureOf(employee="D0001"),
    m.Erasures(unit="plant", state="asked", limit=5, cursor="WyIiXQ"),
    m.ErasuresWaiting(unit="plant"),
    m.PersonErased(person=id_(3), on=DAY),
    d.OwnData(employee="D0001"),
    d.ProposalRedacted(proposal=id_(1)),
    t.OwnData(employee="D0001"),
    w.OwnData(employee="D0001"),
    t.CourseOpened(
        course=id_(6), unit=id_(2), title="课程", starts_on=DAY, seats=20, open_to="company"
    ),
    t.CourseEnrolled(course=id_(6), person=id_(3), enrolled=7),
    t.CourseCompleted(course=id_(6), person=id_(3), result="failed", on=DAY),
    w.LogVisit(
        employee="D0001", occasion="hospital", on=DAY, visitors=["D0002", "D0003"], note="说明"
    ),
    w.VisitNote(visit=id_(7)),
    w.VisitReadings(visit=id_(7)),
    w.VisitDue(visit=id_(7), person=id_(3), since=DAY, due_on=DAY, due_by=BASIS),
    w.VisitDropped(visit=id_(7), person=id_(3)),
    w.VisitLogged(visit=id_(7), person=id_(3), on=DAY),
    w.VisitOverdue(visit=id_(7), person=id_(3), due_on=DAY),
)


def golden_name(message: Message | type[Message]) -> str:
    """`democracy.proposal-submitted.v1.json`."""
    kind = message if isinstance(message, type) else type(message)
    version = kind.version if issubclass(kind, Fact) else 1
    return f"{kind.owner()}.{kind.slug()}.v{version}.json"


def wire_form(message: Command | Query | Fact) -> bytes:
    """As it is sent: a fact in its envelope, a command or query bare."""
    if isinstance(message, Fact):
        message._time = TIME
        return message.envelope(id=id_(9), site="hq", sequence=7, traceparent=TRACE)
    return message.model_dump_json().encode()
