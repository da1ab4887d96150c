"""What the gateway holds of a person: in its record, and in the views.

`:followers` are the digests by which a person follows proposals (`telling.following`).
"""

from services.gateway.inventory.record import RECORD
from services.gateway.inventory.views import VIEWS
from shared.personal import Inventory

INVENTORY: Inventory = (*RECORD, *VIEWS)
