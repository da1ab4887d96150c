"""What lies within a reach."""

from hypothesis import given
from hypothesis import strategies as st

from services.gateway.views.within import everything, narrowed

CODES = st.sampled_from(["a", "ab", "b"])
PATHS = st.lists(CODES, max_size=3).map(lambda codes: "/".join(["company", *codes]))


def lies(path: str, above: str) -> bool:
    return (path + "/").startswith(above + "/")


@given(st.lists(PATHS, max_size=3), PATHS, PATHS)
def test_a_narrowed_reach_is_what_both_reach(reach: list[str], path: str, unit: str) -> None:
    within = any(lies(unit, above) for above in reach) and lies(unit, path)
    assert any(lies(unit, above) for above in narrowed(reach, path)) == within


@given(st.lists(PATHS, max_size=3), PATHS)
def test_who_reaches_the_whole_company_reaches_every_unit(reach: list[str], unit: str) -> None:
    if everything(reach):
        assert any(lies(unit, above) for above in reach)
