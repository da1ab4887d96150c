"""`tongxin hr snapshot`: HR's list by the operator's hand."""

from pathlib import Path

from tests.operator.conftest import Operated
from tests.sheets_in.made import book

HEADER = ("工号", "姓名", "哪里")
TEAM = "demo-qinghe-dianjie-1"


async def test_a_list_is_tried_taken_and_a_repeat_changes_nothing(
    operated: Operated, tmp_path: Path
) -> None:
    file = tmp_path / "list.xlsx"
    file.write_bytes(book(HEADER, ["L9001", "新来的", TEAM], ["L9002", "也是新来的", TEAM]))
    words = ("hr", "snapshot", str(file), "--on", "2026-01-05")
    code, _, errors = await operated.run(*words)
    assert code == 1
    assert "No column is known as unit" in errors
    mapped = (*words, "--map", "哪里=unit")
    for _ in range(2):
        tried = await operated.told(*mapped, "--dry-run")
        assert [row["becomes"] for row in tried["rows"]] == ["hired", "hired"]
    taken = await operated.told(*mapped)
    assert [row["becomes"] for row in taken["rows"]] == ["hired", "hired"]
    again = await operated.told(*mapped)
    assert [row["becomes"] for row in again["rows"]] == ["same", "same"]
    deeds = (operated.home.logs / "operator.log").read_text()
    assert "hr snapshot" in deeds
    assert "新来的" not in deeds


async def test_refused_rows_are_named_and_the_rest_goes_on(
    operated: Operated, tmp_path: Path
) -> None:
    file = tmp_path / "list.csv"
    file.write_text(f"工号,姓名,单位\nL9003,甲,{TEAM}\nL9004,乙,nowhere\n", encoding="gb18030")
    code, said, errors = await operated.run("hr", "snapshot", str(file), "--on", "2026-01-05")
    assert code == 1, errors
    assert "row 3: unknown-unit" in said
    assert "1 hired, 1 refused" in said
    ends = ("--complete", "--unit", TEAM, "--ends", "999")
    code, _, errors = await operated.run("hr", "snapshot", str(file), "--on", "2026-01-05", *ends)
    assert code == 1
    assert "not 999" in errors
