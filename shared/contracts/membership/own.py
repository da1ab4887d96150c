"""What membership holds of a person, told to them."""

from typing import ClassVar

from shared.for_whom import oneself_or_there
from shared.messages import EMPLOYEE, Query


class OwnData(Query):
    """All that membership holds of one person, table by table; each reading is put on record."""

    zh = "查看花名册保存的本人数据"
    for_whom = oneself_or_there(
        "officer",
        zh="该职工今天（已离职的为最后）所在的单位",
        en="the unit where that person is today, or was last",
    )

    recorded: ClassVar[bool] = True

    employee: EMPLOYEE
