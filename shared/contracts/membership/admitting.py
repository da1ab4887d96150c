"""Whether somebody may be admitted: for a sheet of many applications that is tried first."""

from datetime import date

from pydantic import BaseModel, Field

from shared.contracts.membership.members import OF_THE_PLACE
from shared.messages import DAY, EMPLOYEE, Query


class MayAdmit(Query):
    """Whether `AdmitMember` would be accepted just now; refused as it would be. Changes nothing."""

    zh = "核对入会申请能否成立"
    for_whom = OF_THE_PLACE

    employee: EMPLOYEE
    on: DAY = Field(description="The day of the signature; not one to come")


class MayAdmitOf(BaseModel):
    """It would be; a member from `since` on."""

    since: date
