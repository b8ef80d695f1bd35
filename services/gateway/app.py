"""The gateway service: what product pages and waiting lines show, kept for whoever asks."""

from typing import Final

from services.gateway import handlers
from shared.contracts.allocations import BackorderReleased
from shared.contracts.availability import AvailabilityChanged
from shared.contracts.promises import BackorderPromised, PromiseMoved, PromiseWithdrawn
from shared.messaging.process import serve
from shared.messaging.service import Service
from shared.messaging.worker import Handlers

HANDLERS: Final[Handlers] = {
    AvailabilityChanged: handlers.show_availability,
    BackorderPromised: handlers.show_promises,
    PromiseMoved: handlers.show_promises,
    PromiseWithdrawn: handlers.show_promises,
    BackorderReleased: handlers.show_releases,
}
SERVICE: Final = Service("gateway", HANDLERS)

if __name__ == "__main__":
    serve(SERVICE)
