"""One message to all of a person's addresses on a channel: it is sent when one of them has taken it."""

from collections.abc import Callable, Iterable

from hub.alerts.channels import Refused, Unreached
from hub.alerts.messages import Address, Sent

__all__ = ["Gone", "send_to_each"]


class Gone(Refused):
    """This address is no more; it need not be tried again."""


def send_to_each(addresses: Iterable[Address], send_one: Callable[[Address], None]) -> Sent:
    """Call `send_one` for each address, which raises Gone, Refused or Unreached.

    Raises Refused when every address is refused for good (or there is none), Unreached when one may do later: none has
    taken the message then, so trying again tells nobody twice.
    """
    gone: list[int] = []
    refused: list[Refused] = []
    unreached: list[Unreached] = []
    taken = 0
    for address in addresses:
        try:
            send_one(address)
            taken += 1
        except Gone as error:
            gone.append(address.id)
            refused.append(error)
        except Refused as error:
            refused.append(error)
        except Unreached as error:
            unreached.append(error)
    if taken:
        return Sent(tuple(gone))
    if unreached:
        raise Unreached(str(unreached[0]), gone=gone)
    raise Refused(str(refused[0]) if refused else "This person has linked nothing here.", gone=gone)
