"""What membership holds of a person, table by table. In the order in which an erasure goes about
it: the number is looked up by until the end."""

from services.membership.inventory.bodies import BODIES
from services.membership.inventory.days import DAYS
from services.membership.inventory.dues import DUES
from services.membership.inventory.heard import HEARD
from services.membership.inventory.membership import MEMBERSHIP
from services.membership.inventory.people import PEOPLE
from shared.personal import HEARING, KERNEL, Inventory

INVENTORY: Inventory = (
    *KERNEL,
    *HEARING,
    *HEARD,
    *DUES,
    *MEMBERSHIP,
    *DAYS,
    *BODIES,
    *PEOPLE,
)
